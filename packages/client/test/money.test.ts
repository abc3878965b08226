import { expect, test } from 'vitest'
import { ApikleyError, type Charge } from '../src/index.ts'
import {
  broken,
  busy,
  calls,
  created,
  envelope,
  madeKey,
  never,
  proxied,
  record,
  service,
  text,
  type Reply,
} from './service.ts'

/** What a message says, by the charge of its error. */
const SENTENCES: Readonly<Record<Charge, RegExp>> = {
  none: /(Nothing was (sent|charged)\.)|no task was sent/,
  possible: /may have been created and charged\.|It is unknown whether .* has created a task\./,
  charged: /(is|was) charged|credits were charged/,
  refunded: /Nothing was charged\./,
}

const replies: Readonly<Record<string, Reply>> = {
  'HTTP 400': text('', 400),
  'HTTP 401': text('', 401),
  'HTTP 413': text('', 413),
  'HTTP 500': text('', 500),
  'a redirect': text('', 302, { location: '/login' }),
  'a page': text('<html>'),
  ...Object.fromEntries(
    [401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505, 7].map((code) => [
      `code ${code}`,
      envelope(code),
    ]),
  ),
  'HTTP 429': busy(),
  'no data': envelope(200),
  'another task': record('success', { taskId: 'task_2' }),
  'a failed task': record('fail'),
  'a failed task of 2 credits': record('fail', { creditsConsumed: 2 }),
  'a failed task without charge': record('fail', { creditsConsumed: 0 }),
  'a success without files': record('success', { resultJson: '{}' }),
  'a reset': broken('ECONNRESET'),
  'no connection': broken('ECONNREFUSED'),
  'no answer': never,
}

/** A create needs a key first, and the failure is that of the create, or that of the first poll. */
const before: Reply[][] = [[], [created], [madeKey]]

// A watch has no timeout, and the errors of a wait.
const { watch: _, ...others } = calls

function isSaid({ charge, message }: ApikleyError): boolean {
  const isFree = charge === 'none' || charge === 'refunded'
  return SENTENCES[charge].test(message) && (isFree || !message.includes('Nothing was'))
}

test.each(Object.entries(others))(
  'every error of %s says what was charged',
  async (_name, call) => {
    const silent: unknown[] = []
    for (const reply of Object.values(replies)) {
      for (const first of before) {
        for (const more of [{}, proxied]) {
          const { apikley, clock } = service([...first, reply], { ...more, maxRetries: 0 })
          const ending = Promise.resolve(call(apikley, {})).catch((error: unknown) => error)
          const error = await clock.settle(ending)
          if (ApikleyError.is(error) && !isSaid(error)) {
            silent.push(error)
          }
        }
      }
    }
    expect(silent).toEqual([])
  },
)
