import { createApikley } from '@apikley/client'

// The key is in APIKLEY_API_KEY.
const apikley = createApikley()

const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', {
  image_url: 'https://files.example.com/cat.png',
  image_size: 'landscape_16_9',
})
await apikley.tasks.wait(taskId)
const { state, urls } = await apikley.tasks.get(taskId)
console.log(taskId, state, ...urls)
