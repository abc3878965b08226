import { describe, expect, test } from 'vitest'
import { ApikleyError } from '../src/index.ts'
import { chargedVerdict } from '../src/http/classify.ts'
import { created, input, service } from './service.ts'

describe('the table agrees with what the client does', () => {
  const statuses = [200, 204, 307, 403, 408, 422, 429, 455, 499, 500, 502, 505]
  const codes = [undefined, 0, 200, 402, 408, 422, 429, 455, 500, 501, 502, 799]

  test('for every status and code', async () => {
    for (const status of statuses) {
      for (const code of codes) {
        const then = chargedVerdict(status, code).then
        const body =
          code === undefined || status === 204
            ? null
            : JSON.stringify({ code, msg: 'words', data: null })
        if (status === 204 && code !== undefined) {
          continue
        }
        const { apikley, clock, sent } = service([() => new Response(body, { status }), created])
        const create = clock.settle(apikley.tasks.create('ideogram/v3-reframe', input))
        const kind = await create.then(
          () => 'success',
          (error: unknown) => (ApikleyError.is(error) ? error.kind : 'no name'),
        )
        const outcome =
          sent.length === 2
            ? 'resend'
            : kind === 'unconfirmed' || kind === 'unexpected-response'
              ? kind
              : 'refused'
        expect(`${status} ${code}: ${outcome}`).toBe(`${status} ${code}: ${then}`)
      }
    }
  })

  test('no success and no server error beside a refusal is ever sent again', () => {
    for (const status of statuses.filter((number) => number !== 429 && number !== 455)) {
      for (const code of codes.filter((number) => number !== 429 && number !== 455)) {
        expect(chargedVerdict(status, code).then).not.toBe('resend')
      }
    }
  })
})
