import { createApikley } from '@apikley/client'

/** Bindings of the Worker: the key is a secret, and the address may be that of a mock. */
interface Env {
  readonly APIKLEY_API_KEY: string
  readonly APIKLEY_BASE_URL: string
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // A task costs credits: it takes more than opening the page, and in earnest somebody who may.
    if (request.method !== 'POST') {
      return new Response('POST to this address to make a picture\n', { status: 405 })
    }
    const apikley = createApikley({ apiKey: env.APIKLEY_API_KEY, baseUrl: env.APIKLEY_BASE_URL })
    const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', {
      image_url: 'https://files.example.com/cat.png',
      image_size: 'landscape_16_9',
    })
    await apikley.tasks.wait(taskId)
    const { state, urls } = await apikley.tasks.get(taskId)
    return new Response([taskId, state, ...urls].join(' '))
  },
}
