import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signCallback, verifySignature } from '../src/index.ts'

const taskId = 'task_ideogram_1765177570132'
const secret = 'test-webhook-key'
const time = 1_765_177_600_000
const at = (now: number) => ({ clock: { now: () => now } })

/** Computed apart from this code, by the rule that kie.ai documents. */
const known = {
  'x-webhook-timestamp': '1765177600',
  'x-webhook-signature': 'UzAUg51Cq1P/GRL5TBko7wRpHQQUlYZajDUSY5LsgC8=',
}

describe('a signature', () => {
  test('is what kie.ai documents: HMAC-SHA256 of id and time, in base64', async () => {
    expect(await signCallback(taskId, secret, time + 999)).toEqual(known)
    expect(known['x-webhook-signature']).toBe(
      createHmac('sha256', secret).update(`${taskId}.1765177600`).digest('base64'),
    )
    expect(await verifySignature({ taskId, headers: new Headers(known), secret }, at(time))).toBe(
      true,
    )
  })

  test('by now, when no time is given', async () => {
    expect(
      await verifySignature({
        taskId,
        headers: new Headers(await signCallback(taskId, secret)),
        secret,
      }),
    ).toBe(true)
  })

  test('may be made with any of several secrets, while one is changed for another', async () => {
    const verify = (secrets: string[]) =>
      verifySignature({ taskId, headers: new Headers(known), secret: secrets }, at(time))
    expect(await verify(['new', secret])).toBe(true)
    expect(await verify([secret, 'new'])).toBe(true)
    expect(await verify(['new', 'other'])).toBe(false)
    expect(await verify([])).toBe(false)
    expect(await verify(['', 'other'])).toBe(false)
    expect(await verify(['new', '', secret])).toBe(true)
  })

  test.each([-300_000, 0, 300_000])('holds %i ms away from its time', async (away) => {
    expect(
      await verifySignature({ taskId, headers: new Headers(known), secret }, at(time + away)),
    ).toBe(true)
  })

  test.each([-300_001, 300_001, -86_400_000, 86_400_000])(
    'does not hold %i ms away from its time',
    async (away) => {
      expect(
        await verifySignature({ taskId, headers: new Headers(known), secret }, at(time + away)),
      ).toBe(false)
      expect(
        await verifySignature(
          { taskId, headers: new Headers(known), secret, maxAge: Math.abs(away) },
          at(time + away),
        ),
      ).toBe(true)
    },
  )

  test.each<[string, Record<string, string>]>([
    ['no headers', {}],
    ['no signature', { 'x-webhook-timestamp': '1765177600' }],
    ['no time', { 'x-webhook-signature': known['x-webhook-signature'] }],
    ['another time', { ...known, 'x-webhook-timestamp': '1765177601' }],
    ['a time that is no number', { ...known, 'x-webhook-timestamp': 'yesterday' }],
    ['a time in ms', { ...known, 'x-webhook-timestamp': '1765177600000' }],
    ['two times', { ...known, 'x-webhook-timestamp': '1765177600, 1765177600' }],
    ['an empty signature', { ...known, 'x-webhook-signature': '' }],
    ['no base64', { ...known, 'x-webhook-signature': '***' }],
    [
      'a part of it',
      { ...known, 'x-webhook-signature': known['x-webhook-signature'].slice(0, 20) },
    ],
    [
      'hexadecimal digits',
      {
        ...known,
        'x-webhook-signature': Buffer.from(known['x-webhook-signature'], 'base64').toString('hex'),
      },
    ],
  ])('does not hold with %s', async (_, headers) => {
    expect(await verifySignature({ taskId, headers: new Headers(headers), secret }, at(time))).toBe(
      false,
    )
  })

  test.each([
    '1.7651776e9',
    '0x69367900',
    '1765177600.5',
    '+1765177600',
    '-1765177600',
    '01765177600000',
    '',
  ])(
    'does not hold with a time that is no plain number of seconds, though it is signed: %j',
    async (written) => {
      const mac = createHmac('sha256', secret).update(`${taskId}.${written}`).digest('base64')
      const headers = new Headers({ 'x-webhook-timestamp': written, 'x-webhook-signature': mac })
      expect(await verifySignature({ taskId, headers, secret, maxAge: Infinity }, at(time))).toBe(
        false,
      )
    },
  )

  test('does not hold for another task or with another secret', async () => {
    expect(
      await verifySignature(
        { taskId: `${taskId}0`, headers: new Headers(known), secret },
        at(time),
      ),
    ).toBe(false)
    expect(
      await verifySignature(
        { taskId, headers: new Headers(known), secret: `${secret}0` },
        at(time),
      ),
    ).toBe(false)
  })
})
