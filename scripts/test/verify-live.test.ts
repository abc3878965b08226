import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSimulator, createVirtualClock, type SimulatorOptions } from '@apikley/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { repository } from '../release/packages.ts'
import { compile } from '../spec/compile/compile.ts'
import { valueAt } from '../spec/compile/json.ts'
import { readDocument } from '../spec/compile/read-document.ts'
import { copySpecs } from './spec/documents.ts'
import { EVIDENCE, verifyLive, type LiveOptions } from '../verify-live/verify-live.ts'

const KEY = 'the-right-key'
const DAY = Date.UTC(2026, 10, 30)
const document = await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml')

let root: string
let lines: string[]
beforeEach(async () => {
  root = await copySpecs()
  await rm(join(root, EVIDENCE), { force: true })
  lines = []
})
afterEach(() => rm(root, { recursive: true }))

test.each([
  [
    'reported' as const,
    { 'as documented': 3, 'as reported': 6 },
    ['AccountCredits', 'ErrorResponse', 'responses.BadRequest'],
  ],
  ['documented' as const, { 'as documented': 9 }, ['ErrorResponse']],
])(
  'a service that behaves as %s gets its findings and evidence',
  async (behaviour, counts, parts) => {
    const service = simulate({ behaviour, credits: behaviour === 'reported' ? 99.5 : 99 })
    const taskId = await service.finishedTask()
    expect(await verifyWith(service.fetch, { taskId })).toBe(0)
    const labels = lines.map((line) => line.slice(0, 15).trim())
    for (const [label, count] of Object.entries(counts)) {
      expect(labels.filter((each) => each === label)).toHaveLength(count)
    }
    expect(lines.join('\n')).not.toContain('DIFFERENT')
    // The one create is refused.
    expect(service.journal.tasks).toHaveLength(1)
    const targets = await targetsOf()
    for (const part of parts) {
      expect(targets.some((target) => target.endsWith(part))).toBe(true)
    }
    expect(targets).toContain("$.components.schemas.TaskDetails.properties['resultJson']")

    const { document: observed } = await compile(join(root, 'specs'))
    expect(valueAt(observed, 'components', 'schemas', 'ErrorResponse')).toMatchObject({
      'x-evidence': 'observed',
      'x-observed-on': '2026-11-30',
    })
  },
)

test('the same answers give the same file, and what was observed before stays', async () => {
  const { fetch, finishedTask } = simulate({ credits: 99.5 })
  await verifyWith(fetch, { taskId: await finishedTask() })
  const first = await evidence()
  await verifyWith(fetch)
  expect(await evidence()).toBe(first)
  await verifyWith(fetch, { now: DAY + 86_400_000 })
  expect(await evidence()).toMatch(/ErrorResponse\n[^$]*2026-12-01/)
  expect(await evidence()).toMatch(/resultJson'\]\n[^$]*2026-11-30/)
})

test('a later run that differs removes the mark of an observed part', async () => {
  await verifyWith(simulate({}).fetch)
  expect(await targetsOf()).toContain('$.components.responses.BadRequest')
  await verifyWith(simulate({ behaviour: 'documented' }).fetch)
  expect(await targetsOf()).not.toContain('$.components.responses.BadRequest')
})

test.each<[string, Partial<LiveOptions>, SimulatorOptions<never>, string]>([
  ['a missing key', { key: '' }, {}, 'Set APIKLEY_API_KEY'],
  ['a key with a line break', { key: `${KEY}\nx` }, {}, 'Set APIKLEY_API_KEY'],
  ['a key that is refused', { key: 'a-secret-key' }, {}, 'refuses the key'],
  ['a failing connection', {}, { faults: [{ fault: 'reset', skip: 3 }] }, 'Nothing is written'],
  ['maintenance', {}, { faults: [{ fault: 'code', code: 455, skip: 3 }] }, 'not available'],
  ['a gateway', {}, { faults: [{ fault: 'html', skip: 4 }] }, 'not available'],
])('%s writes nothing', async (_, options, scenario, message) => {
  expect(await verifyWith(simulate(scenario).fetch, options)).toBe(1)
  expect(lines.join('\n')).toContain(message)
  await expect(evidence()).rejects.toThrow('ENOENT')
})

test('an answer that quotes the key is printed without it', async () => {
  const msg = `${KEY} is wrong`
  const echo = async (): Promise<Response> => Response.json({ code: 401, msg, data: null })
  expect(await verifyWith(echo)).toBe(1)
  expect(lines.join('\n')).toContain('[key] is wrong')
})

async function verifyWith(
  fetch: LiveOptions['fetch'],
  options: Partial<LiveOptions> = {},
): Promise<number> {
  const log = (line: string): void => {
    expect(line).not.toContain(options.key || KEY)
    lines.push(line)
  }
  const createTimeout = (): AbortSignal => new AbortController().signal
  return verifyLive({ root, key: KEY, document, fetch, createTimeout, now: DAY, log, ...options })
}

function simulate(options: object) {
  const clock = createVirtualClock()
  const { fetch, journal } = createSimulator({ keys: [KEY], price: 1, clock, ...options })
  const finishedTask = async (): Promise<string> => {
    const input = { image_url: 'https://files.example.com/a.png', image_size: 'square' }
    const response = await fetch('https://api.apikley.ru/api/v1/jobs/createTask', {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'ideogram/v3-reframe', input }),
    })
    await clock.advance(60_000)
    return String(valueAt(await response.json(), 'data', 'taskId'))
  }
  return { fetch, journal, finishedTask }
}

const evidence = (): Promise<string> => readFile(join(root, EVIDENCE), 'utf8')

async function targetsOf(): Promise<string[]> {
  const { actions }: { actions: { target: string }[] } = parse(await evidence())
  return actions.map(({ target }) => target)
}
