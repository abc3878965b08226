import { createProxyHandler } from '@apikley/server'
import { userIdOf } from '../../../session'

// APIKLEY_API_KEY and APIKLEY_PROXY_SECRET are in the environment.
export const { GET, POST } = createProxyHandler({
  models: ['ideogram/v3-reframe'],
  authorize: userIdOf,
  // The host names of your application. `userIdOf` accepts everybody.
  hosts: ['localhost', '127.0.0.1'],
  callbackUrl: process.env.CALLBACK_URL,
})
