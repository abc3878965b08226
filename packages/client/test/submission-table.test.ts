import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ApikleyError } from '../src/index.ts'
import { CHARGED_VERDICTS, chargedVerdict, type VerdictRow } from '../src/http/classify.ts'
import { created } from './replies.ts'
import { service } from './service.ts'

const STATUSES = [200, 204, 307, 403, 408, 409, 422, 429, 455, 499, 500, 502, 505]
const CODES = [undefined, 0, 200, 402, 408, 422, 429, 455, 500, 501, 502, 799]

const answers = STATUSES.flatMap((status) => CODES.map((code) => ({ status, code }))).filter(
  ({ status, code }) => status !== 204 || code === undefined,
)

test.each(answers)(
  'a create does what the table says for HTTP $status and code $code',
  async ({ status, code }) => {
    const body = code === undefined ? null : JSON.stringify({ code, msg: 'message', data: null })
    const { create, sent } = service([() => new Response(body, { status }), created])
    const kind = await create().then(
      () => 'success',
      (error: unknown) => (ApikleyError.is(error) ? error.kind : 'another error'),
    )
    const then = kind === 'unconfirmed' ? kind : 'refused'
    expect(sent.length === 2 ? 'resend' : then).toBe(chargedVerdict(status, code).then)
  },
)

test('a create is unconfirmed after every 2xx without a documented code', () => {
  const documented = [400, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505]
  for (const code of [undefined, ...Array(1000).keys()].filter(
    (each) => each === undefined || !documented.includes(each),
  )) {
    expect([code, chargedVerdict(200, code).then]).toEqual([code, 'unconfirmed'])
  }
})

test('only the codes 429 and 455 are resent', () => {
  const resent = answers.filter(
    ({ status, code }) => chargedVerdict(status, code).then === 'resend',
  )
  expect(
    resent.every(({ status, code }) => [status, code].some((n) => n === 429 || n === 455)),
  ).toBe(true)
})

test('the README prints the table', async () => {
  const meaning: Record<VerdictRow['then'], string> = {
    refused: 'refused, not charged: an error of its kind',
    resend: 'refused for now, not charged: resent',
    unconfirmed: '`unconfirmed`',
  }
  const list = (numbers: string | readonly number[]): string =>
    typeof numbers === 'string' ? numbers : numbers.join(', ')
  const line = ({ status, code, then }: VerdictRow): string =>
    `| ${list(status ?? 'any')} | ${list(code ?? 'any or none')} | ${meaning[then]} |`
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const [, printed = ''] = /<!-- submission -->\n(.*?)\n<!-- \/submission -->/s.exec(readme) ?? []
  const rows = printed.split('\n').filter((row) => row.startsWith('|'))
  expect(rows.slice(2).map((row) => row.replaceAll(/ +/g, ' '))).toEqual(CHARGED_VERDICTS.map(line))
})
