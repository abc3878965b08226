import { ApikleyError, createApikley, type Task } from '@apikley/client'
import type { ModelInput } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'

// The key is in APIKLEY_API_KEY.
const apikley = createApikley({ models: [v3Reframe] })

const input: ModelInput<'ideogram/v3-reframe'> = {
  image_url: 'https://files.example.com/cat.png',
  image_size: 'landscape_16_9',
}

try {
  const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', input)
  await apikley.tasks.wait(taskId)
  const task: Task = await apikley.tasks.get(taskId)
  console.log(task.taskId, task.state, ...task.urls)
} catch (error) {
  if (!ApikleyError.is(error)) {
    throw error
  }
  console.error(error.kind, error.message)
  process.exitCode = 1
}
