import { createApikley } from '@apikley/client'

/** Bindings of the Worker. The API key is a secret. The URL may be that of a mock. */
interface Env {
  readonly APIKLEY_API_KEY: string
  readonly APIKLEY_BASE_URL: string
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // A task costs credits, so opening the page must not create one. In production, check the user.
    if (request.method !== 'POST') {
      return new Response('Send a POST request to make a picture\n', { status: 405 })
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
