// The same from a CommonJS file: TypeScript takes the other declarations of the packages.
import client = require('@apikley/client')
import type { ModelInput } from '@apikley/types' with { 'resolution-mode': 'require' }

const input: ModelInput<'ideogram/v3-reframe'> = {
  image_url: 'https://files.example.com/cat.png',
  image_size: 'landscape_16_9',
}

async function main(): Promise<void> {
  const apikley = client.createApikley()
  const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', input)
  await apikley.tasks.wait(taskId)
  const { state, urls } = await apikley.tasks.get(taskId)
  console.log(taskId, state, ...urls)
}

void main()
