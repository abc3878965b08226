import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  parseCallback,
  signCallback,
  verifySignature,
  type SignatureOptions,
} from '../src/index.ts'

const taskId = 'task_ideogram_1765177570132'
const secret = 'test-webhook-key'
const time = 1_765_177_600_000
/** Computed by the rule that kie.ai documents, without this code. */
const signature = 'UzAUg51Cq1P/GRL5TBko7wRpHQQUlYZajDUSY5LsgC8='
const timestamp = '1765177600'

/** The headers of a callback, where `none` omits one. */
const signed = (stamp: string = timestamp, mac: string = signature) => ({
  headers: new Headers({
    ...(stamp === 'none' ? {} : { 'x-webhook-timestamp': stamp }),
    ...(mac === 'none' ? {} : { 'x-webhook-signature': mac }),
  }),
})

const verify = (options: Partial<SignatureOptions> = {}, now = time): Promise<boolean> =>
  verifySignature({ taskId, secret, ...signed(), ...options }, { clock: { now: () => now } })

test('signCallback computes the HMAC-SHA256 of id and time in base64, as kie.ai documents.', async () => {
  const text = `${taskId}.${timestamp}`
  expect(createHmac('sha256', secret).update(text).digest('base64')).toBe(signature)
  expect(await signCallback(taskId, secret, time + 999)).toEqual({
    'x-webhook-timestamp': timestamp,
    'x-webhook-signature': signature,
  })
  expect(await verify()).toBe(true)
})

test('A signature is valid now by default, and only for its own task.', async () => {
  const headers = new Headers(await signCallback(taskId, secret))
  expect(await verifySignature({ taskId, headers, secret })).toBe(true)
  expect(await verifySignature({ taskId: `${taskId}0`, headers, secret })).toBe(false)
})

test.each<[readonly string[], boolean]>([
  [['new', secret], true],
  [[secret, 'new'], true],
  [['new', '', secret], true],
  [['new', 'other'], false],
  [['', 'other'], false],
  [[`${secret}0`], false],
  [[], false],
])('The validity of a signature with the secrets %j is %j.', async (secrets, isValid) => {
  expect(await verify({ secret: secrets })).toBe(isValid)
})

test.each([
  [-300_000, true],
  [0, true],
  [300_000, true],
  [-300_001, false],
  [300_001, false],
  [-86_400_000, false],
  [86_400_000, false],
])('The validity of a signature %i ms away from now is %j.', async (ms, isValid) => {
  expect(await verify({}, time + ms)).toBe(isValid)
  expect(await verify({ maxAge: Math.abs(ms) }, time + ms)).toBe(true)
})

test.each<[string, string, string]>([
  ['no headers', 'none', 'none'],
  ['no signature', timestamp, 'none'],
  ['no timestamp', 'none', signature],
  ['another timestamp', '1765177601', signature],
  ['a word as timestamp', 'yesterday', signature],
  ['a timestamp in ms', '1765177600000', signature],
  ['two timestamps', '1765177600, 1765177600', signature],
  ['a signature that is not base64', timestamp, '***'],
  ['a part of the signature', timestamp, signature.slice(0, 20)],
  ['a hexadecimal signature', timestamp, Buffer.from(signature, 'base64').toString('hex')],
])('A callback with %s is not valid.', async (_, stamp, mac) => {
  expect(await verify(signed(stamp, mac))).toBe(false)
})

test.each(['1.7651776e9', '0x69367900', '1765177600.5', '+1765177600', '-1765177600', ''])(
  'The signed timestamp %j is not valid, because it is not a plain integer.',
  async (stamp) => {
    const mac = createHmac('sha256', secret).update(`${taskId}.${stamp}`).digest('base64')
    expect(await verify({ ...signed(stamp, mac), maxAge: Infinity })).toBe(false)
  },
)

test.each([
  [{ data: { taskId: 'a', task_id: 'b' }, taskId: 'c', task_id: 'd' }, 'a'],
  [{ data: { task_id: 'b' }, taskId: 'c', task_id: 'd' }, 'b'],
  [{ data: null, taskId: 'c', task_id: 'd' }, 'c'],
  [{ task_id: 'd' }, 'd'],
  [{ data: 'x', taskId: 'c' }, 'c'],
  [{ data: { taskId: '' }, taskId: 'c' }, 'c'],
])('The callback %j is about the task %j.', (body, id) => {
  expect(parseCallback(JSON.stringify(body))).toEqual({ taskId: id, body })
})

test.each([
  ...['', '{', 'null', '3', '"task_1"', '[]', '{}', '{"data":[]}', '{"data":{"taskId":7}}'],
  ...['{"data":{"taskId":{"toString":"x"}}}', '{"data":{"taskId":"a b"}}'],
  ...['{"data":{"taskId":"a\\n"}}', '{"__proto__":{"data":{"taskId":"a"}}}'],
  JSON.stringify({ data: { taskId: 'x'.repeat(201) } }),
])('The text %s is not a callback.', (text) => {
  expect(parseCallback(text)).toBeUndefined()
})
