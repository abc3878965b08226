import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startSimulator, type Scenario, type SimulatorServer } from '@apikley/simulator'
import { mostWithin } from 'test-kit/numbers'
import { isNightly } from 'test-kit/nightly'
import { afterEach, expect, test } from 'vitest'
import { Ledger } from '../../src/ledger/ledger.ts'
import { newFolder, parseLines } from '../cli.ts'
import { fastClock } from './fast-clock.ts'

const FACTOR = 5
const KEY = 'any-long-key-will-do'
const MODEL = 'google/imagen4'

let simulator: SimulatorServer
afterEach(() => simulator.stop())

/** Processes of one user. */
async function user(scenario: Scenario) {
  const start = Date.now()
  const clock = fastClock(FACTOR, start)
  simulator = await startSimulator({ clock, invisibleFor: 0, ...scenario })
  const folder = newFolder()
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    APIKLEY_API_KEY: KEY,
    APIKLEY_BASE_URL: simulator.url,
  }
  const command = join(import.meta.dirname, 'command.ts')
  return {
    folder,
    writeInputs(name: string, count: number): void {
      const rows = Array.from({ length: count }, (_, index) =>
        JSON.stringify({ model: MODEL, input: { prompt: `${name} ${index}` } }),
      )
      writeFileSync(join(folder, name), rows.join('\n'))
    },
    start(args: string, more: Record<string, string> = {}) {
      const argv = [command, `${FACTOR}`, `${start}`, ...args.split(' ')]
      const child = spawn(process.execPath, argv, { cwd: folder, env: { ...env, ...more } })
      const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
      const end = Promise.all([text(child.stdout), text(child.stderr), exit])
      return {
        child,
        end: end.then(([stdout, stderr, code]) => ({ code, stderr, lines: parseLines(stdout) })),
      }
    },
  }
}

/** The tasks of each prompt that the service has charged. */
function chargedTwice(): string[] {
  const prompts = simulator.journal.requests.flatMap(({ operation, taskId, body }) =>
    operation === 'create-task' && taskId !== undefined ? [JSON.stringify(body)] : [],
  )
  return prompts.filter((prompt, index) => prompts.indexOf(prompt) !== index)
}

/** The most creates in 8 s of the service. It may get requests 2 s later than they were sent. */
const busiest = (): number =>
  mostWithin(
    simulator.journal.tasks.map(({ at }) => at),
    8000,
  )

type User = Awaited<ReturnType<typeof user>>

/** Runs the same command until no input is pending. A busy machine may stop it on the way. */
async function finish({ start }: User, args: string): Promise<Record<string, number>> {
  for (let round = 0; round < 5; round++) {
    const { lines } = await start(args).end
    const [totals = {}] = lines.filter(({ type }) => type === 'batch')
    if (totals.pending === 0) {
      return Object(totals)
    }
  }
  throw new Error('The batch does not end.')
}

const [INPUTS, KILLS] = isNightly ? [1000, 20] : [250, 5]

test(`a batch of ${INPUTS} that is killed ${KILLS} times charges nothing twice`, async () => {
  const world = await user({ latency: [1000, 20_000], credits: 1e6 })
  world.writeInputs('in.jsonl', INPUTS)
  for (let kill = 0; kill < KILLS; kill++) {
    const { child, end } = world.start('batch in.jsonl --out out')
    // At a random moment, counted in tasks of the service.
    const until = simulator.journal.tasks.length + 1 + Math.floor(Math.random() * 60)
    while (simulator.journal.tasks.length < until && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10))
    }
    child.kill('SIGKILL')
    await end
  }
  const { saved = 0, unconfirmed = 0, ...rest } = await finish(world, 'batch in.jsonl --out out')
  expect(rest).toMatchObject({ total: INPUTS, failed: 0, refused: 0, pending: 0 })
  expect(saved + unconfirmed).toBe(INPUTS)
  // At most three creates are in flight at a kill.
  expect(unconfirmed).toBeLessThanOrEqual(3 * KILLS + 10)
  expect(chargedTwice()).toEqual([])
  expect(simulator.journal.tasks.length).toBeGreaterThanOrEqual(saved)
  expect(busiest()).toBeLessThanOrEqual(20)
})

test('two concurrent batches stay within one limit and one cap', async () => {
  const { start, writeInputs } = await user({ latency: 1000, credits: 1e6 })
  writeInputs('a.jsonl', 60)
  writeInputs('b.jsonl', 60)
  const runs = ['a', 'b'].map((name) => start(`batch ${name}.jsonl --out ${name} --max-tasks 90`))
  const ends = await Promise.all(runs.map(({ end }) => end))
  expect(ends.map(({ code }) => code)).toContain(4)
  const { lines } = await start('credits').end
  expect(lines).toMatchObject([{ counted: { tasks: 90 } }])
  expect(simulator.journal.tasks.length).toBeLessThanOrEqual(90)
  expect(busiest()).toBeLessThanOrEqual(20)
})

test('the same batch in two processes creates each task once', async () => {
  const world = await user({ latency: 1000, credits: 1e6 })
  world.writeInputs('in.jsonl', 40)
  const runs = [1, 2].map(() => finish(world, 'batch in.jsonl --out out'))
  for (const { saved = 0, unconfirmed = 0 } of await Promise.all(runs)) {
    expect(saved + unconfirmed).toBe(40)
  }
  expect(simulator.journal.tasks.length).toBeLessThanOrEqual(40)
  expect(chargedTwice()).toEqual([])
})

test('a network that is lost midway charges nothing twice, and the same command continues', async () => {
  const { start, writeInputs } = await user({ latency: 1000, credits: 1e6 })
  writeInputs('in.jsonl', 40)
  const { hostname, port } = new URL(simulator.url)
  const sockets: Socket[] = []
  const network = createServer((socket) => {
    const service = connect(Number(port), hostname)
    sockets.push(
      socket.on('error', () => {}),
      service.on('error', () => {}),
    )
    socket.pipe(service).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(network, 'listening')
  const { port: ownPort } = Object(network.address())
  const env = { APIKLEY_BASE_URL: `http://127.0.0.1:${ownPort}` }
  const first = start('batch in.jsonl --out out', env)
  while (simulator.journal.tasks.length < 15) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  network.close()
  sockets.forEach((socket) => socket.destroy())
  expect((await first.end).stderr).toContain('run the same command again')
  await once(network.listen(ownPort, '127.0.0.1'), 'listening')
  const { lines } = await start('batch in.jsonl --out out', env).end
  network.close()
  const { saved = 0, unconfirmed = 0 } = Object(lines.find(({ type }) => type === 'batch'))
  expect(saved + unconfirmed).toBe(40)
  expect(unconfirmed).toBeLessThanOrEqual(3)
  expect([simulator.journal.tasks.length <= 40, chargedTwice()]).toEqual([true, []])
})

const mount = (folder: string, size = '400k'): boolean => {
  try {
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

test('a full disk loses no task, and the same command continues', async ({ skip }) => {
  const { folder, start, writeInputs } = await user({ latency: 1000, credits: 1e6 })
  const disk = join(folder, 'disk')
  if (!mount(disk)) {
    skip('This user cannot mount a small disk.')
  }
  try {
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(150_000))
    writeInputs('in.jsonl', 150)
    const batch = 'batch in.jsonl --out disk/out --concurrency 10'
    const first = await start(batch, { XDG_STATE_HOME: disk }).end
    expect([first.code, first.stderr]).toEqual([1, expect.stringContaining('run the same command')])
    const charged = simulator.journal.tasks.length
    expect(charged).toBeLessThan(150)
    rmSync(join(disk, 'ballast'))
    execFileSync('mount', ['-o', 'remount,size=8m', disk])
    const second = await start(batch, { XDG_STATE_HOME: disk }).end
    expect(second.lines.at(-1)).toMatchObject({ saved: 150, unconfirmed: 0 })
    expect([simulator.journal.tasks.length, chargedTwice()]).toEqual([150, []])
  } finally {
    execFileSync('umount', [disk])
  }
})

test('a ledger records outcomes without space on the disk for its next file', async ({ skip }) => {
  const disk = join(newFolder(), 'disk')
  if (!mount(disk, '330k')) {
    skip('This user cannot mount a small disk.')
  }
  const ledger = new Ledger(disk, Date, 20)
  const keys = Array.from({ length: 400 }, (_, task) => `key-${task}`)
  const task = { model: 'm'.repeat(200), credits: 1, caps: {}, reuse: 1 }
  await Promise.all(keys.map((key) => ledger.claim({ ...task, intent: key, key })))
  await Promise.all(keys.slice(60).map((key) => ledger.settle(key, `task of ${key}`)))
  expect(ledger.find({ key: 'key-99' })).toMatchObject({ taskId: 'task of key-99' })
  ledger.close()
  execFileSync('umount', [disk])
})

test('an mcp server over stdio serves the official client', async () => {
  const { Client } = await import('@modelcontextprotocol/client')
  const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio')
  const { folder } = await user({ latency: 1000 })
  const client = new Client({ name: 'agent', version: '1.0.0' })
  const command = join(import.meta.dirname, 'command.ts')
  const args = [command, '1', `${Date.now()}`, 'mcp', '--root', folder]
  const env = { HOME: folder, APIKLEY_API_KEY: KEY, APIKLEY_BASE_URL: simulator.url }
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }))
  const call = async (name: string, input: Record<string, unknown>): Promise<string> =>
    JSON.stringify(await client.callTool({ name, arguments: input }))
  const created = await call('create', { model: MODEL, input: { prompt: 'cat' } })
  const [, taskId] = /taskId\\":\\"(\w+)/.exec(created) ?? []
  expect(await call('save', { taskId })).toContain('.gif')
  await client.close()
  expect(simulator.journal.tasks.length).toBe(1)
})
