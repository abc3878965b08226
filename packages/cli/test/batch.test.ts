import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from '@apikley/simulator'
import { expect, test } from 'vitest'
import { machine, type Machine } from './cli.ts'

const MODEL = 'google/imagen4'

function writeInputs({ folder }: Machine, prompts: readonly unknown[]): void {
  const rows = prompts.map((prompt) => JSON.stringify({ model: MODEL, input: { prompt } }))
  writeFileSync(join(folder, 'in.jsonl'), rows.join('\n'))
}

const BATCH = 'batch in.jsonl --out out'

/** The client retries a connection that was never opened. */
const ATTEMPTS = 5

test('equal inputs create a task each, and a second run creates and saves none', async () => {
  const user = machine()
  writeInputs(user, ['a', 'b', 'b'])
  const { code, lines } = await user.run(BATCH)
  expect([code, lines.at(-1)]).toMatchObject([0, { type: 'batch', total: 3, saved: 3 }])
  const files = lines.flatMap(({ files = [] }) => files)
  expect(new Set(files).size).toBe(3)
  const again = await user.run(BATCH)
  expect(again.lines).toMatchObject([{ type: 'batch', saved: 3, pending: 0 }])
  expect(user.simulator.journal.tasks.length).toBe(3)
})

test('failed inputs can be run again, unconfirmed ones are listed apart', async () => {
  const user = machine({
    outcomes: [{ state: 'fail' }],
    faults: [{ operation: 'create-task', skip: 1, fault: 'reset', accepted: true }],
  })
  writeInputs(user, ['a', 'b', 5, 'c'])
  const { code, lines, stderr } = await user.run(`${BATCH} --concurrency 1`)
  const totals = { saved: 1, failed: 1, refused: 1, unconfirmed: 1, pending: 0 }
  expect([code, lines.at(-1)]).toMatchObject([5, totals])
  expect(stderr).toMatch(/batch out\/failures.jsonl --out out[^]*unconfirmed.jsonl/)
  const { lines: again } = await user.run(BATCH)
  expect(again.at(-1)).toMatchObject(totals)
  expect(user.simulator.journal.tasks.length).toBe(3)
  const failures = readFileSync(join(user.folder, 'out/failures.jsonl'), 'utf8')
  expect(failures.match(/"take":"1\+"/g)).toHaveLength(2)
  const retried = await user.run('batch out/failures.jsonl --out out')
  expect(retried.lines.at(-1)).toMatchObject({ total: 2, saved: 1, refused: 1 })
})

const STOPS: [name: string, fault: Fault, code: number, kind: string][] = [
  ['an empty account', { fault: 'code', code: 402, skip: 2 }, 4, 'insufficient-credits'],
  ['a lost network', { fault: 'refuse', times: ATTEMPTS, skip: 2 }, 1, 'connection'],
]

test.each(STOPS)('%s stops a batch, and the same command continues', async (...row) => {
  const [, fault, code, kind] = row
  const user = machine({ faults: [{ operation: 'create-task', ...fault }] })
  writeInputs(user, ['a', 'b', 'c', 'd'])
  const { lines, stderr, ...first } = await user.run(`${BATCH} --concurrency 1`)
  const last = [code, { saved: 2, pending: 2 }, { kind }]
  expect([first.code, lines.at(-2), lines.at(-1)]).toMatchObject(last)
  expect(stderr).toContain('run the same command again: apikley batch in.jsonl --out out')
  expect((await user.run(BATCH)).lines.at(-1)).toMatchObject({ saved: 4 })
  expect(user.simulator.journal.tasks.length).toBe(4)
})

test('a cap stops a batch, and a higher one lets it continue', async () => {
  const user = machine()
  writeInputs(user, ['a', 'b', 'c'])
  const first = await user.run(`${BATCH} --max-tasks 2`)
  expect([first.code, first.lines.at(-2)]).toMatchObject([4, { saved: 2, pending: 1 }])
  const second = await user.run(`${BATCH} --max-tasks 3`)
  expect([second.code, second.lines.at(-1)]).toMatchObject([0, { saved: 3 }])
})

test('responses that are lost in a row stop a batch before it charges all inputs', async () => {
  const lost: Fault = { operation: 'create-task', fault: 'reset', accepted: true, times: 'always' }
  const user = machine({ faults: [lost] })
  writeInputs(user, ['a', 'b', 'c', 'd', 'e', 'f'])
  const { code, lines } = await user.run(`${BATCH} --concurrency 1`)
  expect([code, lines.at(-2)]).toMatchObject([5, { unconfirmed: 3, pending: 3 }])
})

test('Ctrl+C stops a batch, and the same command collects its tasks', async () => {
  const user = machine({ latency: 20_000 })
  writeInputs(user, ['a', 'b'])
  const { code, lines } = await user.run(BATCH, {
    onText: (text, stop) => text.includes('"line":2') && setTimeout(stop, 20, 'SIGINT'),
  })
  expect([code, lines.at(-2)]).toMatchObject([130, { pending: 2, unconfirmed: 0 }])
  expect((await user.run(BATCH)).lines.at(-1)).toMatchObject({ saved: 2 })
  expect(user.simulator.journal.tasks.length).toBe(2)
})

test.each([
  ['a line that is not an input', '{"model":"google/imagen4"}', /Line 1 of/],
  ['an unknown model', '{"model":"nope","input":{}}', /nope is unknown/],
])('%s stops a batch before it sends anything', async (_, row, message) => {
  const user = machine()
  writeFileSync(join(user.folder, 'in.jsonl'), row)
  const { code, stderr } = await user.run(BATCH)
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  expect(user.simulator.journal.received).toBe(0)
})
