import { expect, test } from 'vitest'
import { ApikleyError, type Charge } from '../src/index.ts'
import { broken, created, envelope, madeKey, never, record, text, type Reply } from './replies.ts'
import { calls, proxied, service } from './service.ts'

/** What a message says, by the charge of its error. */
const SENTENCES: Readonly<Record<Charge, RegExp>> = {
  none: /Nothing was (sent|charged)\./,
  possible: /may have been created and charged\.|It is unknown whether .* has created a task\./,
  charged: /(is|was|were) charged/,
  refunded: /Nothing was charged\./,
}

const codes = [200, 401, 402, 404, 408, 422, 429, 433, 455, 500, 501, 505, 7]
const tasks = [{ taskId: 'task_2' }, { resultJson: '{}' }].map((more) => record('success', more))
const failures = [{}, { creditsConsumed: 0 }, { creditsConsumed: 2 }].map((more) =>
  record('fail', more),
)
const replies: readonly Reply[] = [
  ...[400, 401, 413, 429, 500, 302, 200].map((status) => text('', status)),
  ...codes.map((code) => envelope(code)),
  ...[...tasks, ...failures, broken('ECONNRESET'), broken('ECONNREFUSED'), never],
]

// A watch has no timeout, and the errors of a wait.
const { watch: _, ...others } = calls

function isSaid({ charge, message }: ApikleyError): boolean {
  const isFree = charge === 'none' || charge === 'refunded'
  return SENTENCES[charge].test(message) && (isFree || !message.includes('Nothing was'))
}

test.each(Object.entries(others))('every error of %s says what was charged', async (name, call) => {
  // The other calls get the same reply to each of their requests.
  const isCreate = /^(run|create)/.test(name)
  const direct = replies.flatMap((reply) => (isCreate ? [[reply], [created, reply]] : [[reply]]))
  const behindProxy = replies.flatMap((reply) =>
    isCreate ? [[reply], [madeKey, reply]] : [[reply]],
  )
  const silent: unknown[] = []
  for (const given of [...direct, ...behindProxy]) {
    const options = direct.includes(given) ? {} : proxied
    const { apikley, clock } = service(given, { ...options, maxRetries: 0 })
    const ending = Promise.resolve(call(apikley, {})).catch((error: unknown) => error)
    const error = await clock.settle(ending)
    silent.push(...(ApikleyError.is(error) && !isSaid(error) ? [error] : []))
  }
  expect(silent).toEqual([])
})
