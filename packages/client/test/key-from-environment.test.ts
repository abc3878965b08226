import { expect, test } from 'vitest'
import { createApikley } from '../src/index.ts'
import { key } from './service.ts'

test('the key may come from the environment', async () => {
  let authorization: string | null = null
  const apikley = createApikley(
    {
      fetch: async (_, init) => {
        authorization = new Headers(init?.headers).get('authorization')
        return Response.json({ code: 200, data: 5 })
      },
    },
    { env: { APIKLEY_API_KEY: key } },
  )
  await apikley.credits()
  expect(authorization).toBe(`Bearer ${key}`)
})
