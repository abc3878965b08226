import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { machine } from './cli.ts'

const PROMPT = 'google/imagen4 --prompt cat'
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

test.each([
  ['models --kind text', [{ type: 'model', model: 'elevenlabs/speech-to-text', kind: 'text' }]],
  ['schema google/imagen4', [{ type: 'object', examples: [{ prompt: expect.any(String) }] }]],
  ['credits', [{ type: 'credits', credits: 1500, counted: { tasks: 0, credits: 0 } }]],
  ['upload cat.png', [{ type: 'upload', path: 'cat.png', mimeType: 'image/png' }]],
  [`create ${PROMPT}`, [{ type: 'created', model: 'google/imagen4', isNew: true }]],
  ['get task-1', [{ type: 'task', taskId: 'task-1', state: 'success' }]],
  ['wait task-1 task-2', [{ taskId: 'task-1' }, { taskId: 'task-2' }]],
  [
    'save task-1 --out {model}-{index}.{ext}',
    [{ type: 'file', path: expect.stringMatching(/ideogram-v3-reframe-0.gif$/) }],
  ],
  ['recover never-used', [{ type: 'recovery', status: 'unconfirmed' }]],
  ['get no-task', [{ type: 'error', kind: 'not-found', charge: 'none' }]],
])('%s prints lines of the schema', async (args, expected) => {
  const { folder, run, simulator } = machine()
  writeFileSync(join(folder, 'cat.png'), PNG)
  simulator.control.addTask({ taskId: 'task-1' })
  simulator.control.addTask({ taskId: 'task-2' })
  const { lines } = await run(args)
  expect(lines).toMatchObject(expected)
})

test.each([
  ['an image', 'google/imagen4 --prompt cat', 'gif'],
  [
    'a video',
    'kling-2.6/text-to-video --prompt cat --sound false --aspect-ratio 1:1 --duration 5',
    'mp4',
  ],
  ['a sound', 'elevenlabs/sound-effect-v2 --text meow', 'mp3'],
  ['a text', 'elevenlabs/speech-to-text --audio-url https://files.example.com/a.mp3', 'txt'],
  ['an object', 'sora-2-characters --character-file-url https://files.example.com/a.mp4', 'txt'],
])('run saves %s', async (_, args, extension) => {
  const { run, folder } = machine()
  const { code, lines, stderr } = await run(`run ${args} --out {model}-{index}.{ext}`)
  expect([code, stderr]).toEqual([0, ''])
  const path = String(lines.at(-1)?.path)
  expect(path).toMatch(new RegExp(`^${folder}/[\\w.-]+-0\\.${extension}$`))
  expect(readFileSync(path).length).toBeGreaterThan(0)
})

test('the same command finds its task; another take or another file creates one', async () => {
  const { run, simulator, folder } = machine()
  const file = join(folder, 'cat.png')
  writeFileSync(file, PNG)
  const reframe = 'create ideogram/v3-reframe --image-url cat.png --image-size square'
  const first = await run(reframe)
  expect((await run(reframe)).lines).toMatchObject([
    { taskId: first.lines[0]?.taskId, isNew: false },
  ])
  expect((await run(`${reframe} --take 2`)).lines).toMatchObject([{ isNew: true }])
  writeFileSync(file, Buffer.concat([PNG, PNG]))
  expect((await run(reframe)).lines).toMatchObject([{ isNew: true }])
  expect(simulator.journal.tasks.length).toBe(3)
})

const EXITS: [name: string, args: string, code: number, ...details: RegExp[]][] = [
  ['an unknown flag', 'create google/imagen4 --prompt cat --colour red', 2, /unknown option/],
  ['an unknown model', 'run google/imagen9 --prompt cat', 2, /Similar: .*google\/imagen4/],
  ['a cap on credits without a price', `create ${PROMPT} --max-credits 9`, 2, /--price/],
  ['a missing file', 'run ideogram/v3-reframe --image-url no.png', 2, /no.png cannot be read/],
  ['a task over a cap', `create ${PROMPT} --price 3 --max-credits 2`, 4, /cap of 2 credits/],
]

test.each(EXITS)('%s: exit code of %s is %i', async (_, args, code, ...details) => {
  const { run, simulator } = machine()
  const result = await run(args)
  expect(result.code).toBe(code)
  details.forEach((detail) => expect(result.stderr).toMatch(detail))
  expect(simulator.journal.tasks.length).toBe(0)
})

test.each([
  ['a task that fails', { outcomes: [{ state: 'fail' as const }] }, 3, 'task-failed', ''],
  ['an empty account', { credits: 0 }, 4, 'insufficient-credits', ''],
  [
    'a lost response',
    { faults: [{ operation: 'create-task' as const, fault: 'reset' as const, accepted: true }] },
    5,
    'unconfirmed',
    'apikley recover',
  ],
  ['a slow task', { latency: 60_000 }, 6, 'timeout', 'apikley wait'],
])('%s sets the exit code and names the next step', async (_, scenario, code, kind, next) => {
  const { run, simulator } = machine(scenario)
  const args = `run ${PROMPT} --timeout 5`
  const { lines, ...result } = await run(args)
  expect([result.code, lines.at(-1)?.kind]).toEqual([code, kind])
  expect(String(lines.at(-1)?.next ?? '').replace(/ [\w.]+$/, '')).toBe(next)
  expect(String(lines.at(-1)?.message)).not.toMatch(/tasks\.(wait|recover)/)
  const charged = simulator.journal.tasks.length
  await run(args)
  expect(simulator.journal.tasks.length).toBe(charged)
})

test('Ctrl+C while a task runs names the task and how to continue', async () => {
  const { run } = machine({ latency: 60_000 })
  const { code, lines } = await run(`run ${PROMPT}`, {
    onText: (text, stop) => text.includes('"created"') && setTimeout(stop, 20, 'SIGINT'),
  })
  const taskId = lines[0]?.taskId
  expect([code, lines.at(-1)]).toMatchObject([130, { taskId, next: `apikley wait ${taskId}` }])
})

test('a cap holds over commands, and a refused task gives its place back', async () => {
  const { run, simulator } = machine({ credits: 7 })
  const create = async (take: number, cap = 2) =>
    (await run(`create ${PROMPT} --take ${take} --max-tasks ${cap}`)).code
  expect([await create(1), await create(2), await create(3)]).toEqual([0, 0, 4])
  // A repeat does not count. The credits are enough for two tasks.
  expect([await create(1), await create(4, 3)]).toEqual([0, 4])
  expect((await run('credits')).lines).toMatchObject([{ counted: { tasks: 2 } }])
  expect(simulator.journal.tasks.length).toBe(2)
})

test('a terminal gets text and progress, and results stay apart from messages', async () => {
  const { run } = machine()
  const { stdout, stderr } = await run(`run ${PROMPT}`, { isTerminal: true })
  expect(stdout).toMatch(/^\w{32}\n\/.*\.gif\n$/)
  expect(stderr).toContain('Creating the task')
  expect((await run('schema google/imagen4', { isTerminal: true })).stdout).toMatch(
    /prompt +required; string[^]*Example: \{"prompt"/,
  )
})

test('recover reports a lost create and a task', async () => {
  const lost = { operation: 'create-task', fault: 'reset', accepted: true } as const
  const { run, simulator } = machine({ faults: [lost] })
  for (const [take, code, status] of [
    [1, 5, 'unconfirmed'],
    [2, 0, 'created'],
  ] as const) {
    const [{ taskId, idempotencyKey } = {}] = (await run(`create ${PROMPT} --take ${take}`)).lines
    const found = await run(`recover ${String(idempotencyKey)}`)
    expect([found.code, found.lines]).toMatchObject([code, [{ status }]])
    expect(found.lines[0]?.taskId).toBe(code === 0 ? taskId : undefined)
  }
  expect(simulator.journal.tasks.length).toBe(2)
})

test('a command whose refusal is recovered creates its task when it is repeated', async () => {
  const { run } = machine({ faults: [{ operation: 'create-task', fault: 'code', code: 402 }] })
  const { lines } = await run(`create ${PROMPT}`)
  const recovered = await run(`recover ${String(lines[0]?.idempotencyKey)}`)
  expect(recovered.lines).toMatchObject([{ status: 'refused' }])
  expect((await run(`create ${PROMPT}`)).lines).toMatchObject([{ isNew: true }])
})

test.each([
  ['a file that only the user can read', 0o600, 0, ''],
  ['a file that others can read', 0o644, 2, 'chmod 600'],
])('the key may be in %s', async (_, mode, code, message) => {
  const { env, run } = machine()
  delete env.APIKLEY_API_KEY
  const folder = join(String(env.HOME), '.config/apikley')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'key'), 'any-long-key-will-do\n')
  chmodSync(join(folder, 'key'), mode)
  const result = await run('credits')
  expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)])
})

test('without a key, a command names the ways to pass one', async () => {
  const user = machine()
  delete user.env.APIKLEY_API_KEY
  expect((await user.run('credits')).stderr).toMatch(/APIKLEY_API_KEY.*chmod 600.*--simulate/)
  expect(await user.run(`run ${PROMPT} --simulate`)).toMatchObject({ code: 0 })
})
