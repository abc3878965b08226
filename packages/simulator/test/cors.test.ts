import { expect, test } from 'vitest'
import { headers, service } from './service.ts'

const page = 'http://localhost:5173'

test('a page may call the simulator only when `cors` names its origin', async () => {
  const allowed = async (cors: string[] | undefined, origin: string): Promise<string | null> => {
    const { simulator } = service(cors === undefined ? {} : { cors })
    const response = await simulator.fetch('http://any/api/v1/chat/credit', {
      headers: { ...headers, origin },
    })
    return response.headers.get('access-control-allow-origin')
  }
  expect(await allowed(undefined, page)).toBeNull()
  expect(await allowed([page], 'https://evil.example')).toBeNull()
  expect(await allowed([page], page)).toBe(page)
})

test('a preflight request allows a key and JSON', async () => {
  const { simulator } = service({ cors: [page] })
  const response = await simulator.fetch('http://any/api/v1/jobs/createTask', {
    method: 'OPTIONS',
    headers: { origin: page },
  })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toContain('authorization')
  expect(response.headers.get('access-control-expose-headers')).toBe('retry-after')
})
