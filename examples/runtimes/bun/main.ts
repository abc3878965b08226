import { createApikley } from '@apikley/client'

// The key is in APIKLEY_API_KEY. APIKLEY_BASE_URL may name a mock.
const apikley = createApikley({ baseUrl: process.env.APIKLEY_BASE_URL })

const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', {
  image_url: 'https://files.example.com/cat.png',
  image_size: 'landscape_16_9',
})
await apikley.tasks.wait(taskId)
const { state, urls } = await apikley.tasks.get(taskId)
console.log(taskId, state, ...urls)
