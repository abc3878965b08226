import { expect, test } from 'vitest'
import { headers, service } from './service.ts'

const page = 'http://localhost:5173'

test('no page may call, as with the service, unless its origin is named', async () => {
  const allowed = async (
    cors: '*' | string[] | undefined,
    origin: string,
  ): Promise<string | null> => {
    const { simulator } = service(cors === undefined ? {} : { cors })
    const response = await simulator.fetch('http://any/api/v1/chat/credit', {
      headers: { ...headers, origin },
    })
    return response.headers.get('access-control-allow-origin')
  }
  expect(await allowed(undefined, page)).toBeNull()
  expect(await allowed([page], 'https://evil.example')).toBeNull()
  expect(await allowed([page], page)).toBe(page)
  expect(await allowed('*', page)).toBe(page)
})

test('a named page may also send a key and JSON, which a browser asks for first', async () => {
  const { simulator } = service({ cors: [page] })
  const response = await simulator.fetch('http://any/api/v1/jobs/createTask', {
    method: 'OPTIONS',
    headers: { origin: page },
  })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toContain('authorization')
  expect(response.headers.get('access-control-expose-headers')).toBe('retry-after')
})
