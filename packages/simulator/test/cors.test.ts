import { expect, test } from 'vitest'
import { createPath, headers, service } from './service.ts'

const page = 'http://localhost:5173'

test.each([
  [undefined, page, null],
  [[page], 'https://evil.example', null],
  [[page], page, page],
])(
  'with the option cors %j, a page of %s may read an answer as %j',
  async (cors, origin, allowed) => {
    const { simulator } = service(cors ? { cors } : {})
    const sent = { headers: { ...headers, origin } }
    const response = await simulator.fetch('http://any/api/v1/chat/credit', sent)
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
  },
)

test('a preflight request allows a key and JSON', async () => {
  const { simulator } = service({ cors: [page] })
  const sent = { method: 'OPTIONS', headers: { origin: page } }
  const response = await simulator.fetch(`http://any${createPath}`, sent)
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toContain('authorization')
  expect(response.headers.get('access-control-expose-headers')).toBe('retry-after')
})
