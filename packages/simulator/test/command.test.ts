import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { main } from '../src/command.ts'
import { startSimulator } from '../src/index.ts'
import { createPath, headers, input, model } from './service.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'apikley-simulator-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  said(): string
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, '../bin/apikley-simulator.js'),
    ...args,
  ])
  let said = ''
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  }
  return { child, ended: new Promise((resolve) => child.once('close', resolve)), said: () => said }
}

async function listening({ said }: Run): Promise<string> {
  const url = /http:\/\/127\.0\.0\.1:\d+/
  await expect.poll(said, { timeout: 10_000 }).toMatch(url)
  return url.exec(said())?.[0] ?? ''
}

async function call(url: string, body?: object): Promise<unknown> {
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  return (await fetch(url, init)).json()
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the command follows a scenario, and stops at %s with a connection and a callback pending',
  async (signal) => {
    const scenario = join(folder, 'scenario.json')
    const faults = [{ fault: 'code', code: 455, operation: 'create-task' }]
    await writeFile(scenario, JSON.stringify({ credits: 5, price: 2, faults }))
    const process = run('--port', '0', '--scenario', scenario, '--latency', '60s..60s')
    onTestFinished(() => void process.child.kill('SIGKILL'))
    const url = await listening(process)
    const body = { model, input, callBackUrl: 'http://127.0.0.1:9/' }
    expect(await call(url + createPath, body)).toMatchObject({ code: 455 })
    expect(await call(url + createPath, body)).toMatchObject({ code: 200 })
    expect(await call(`${url}/api/v1/chat/credit`)).toMatchObject({ data: 3 })
    process.child.kill(signal)
    expect(await process.ended).toBe(0)
  },
)

async function say(...args: string[]): Promise<{ said: string; complained: string }> {
  const [said, complained]: [string[], string[]] = [[], []]
  const before = process.exitCode
  const server = await main(args, {
    print: (line) => said.push(`${line}\n`),
    printError: (line) => complained.push(`${line}\n`),
  })
  await server?.stop()
  const failed = process.exitCode === 1
  process.exitCode = before
  expect(failed).toBe(complained.length > 0)
  return { said: said.join(''), complained: complained.join('') }
}

test('a taken port is an error in one line, and nothing runs', async () => {
  const server = await startSimulator()
  const taken = `Port ${server.port} is taken. Choose another one, or 0 for a free one.\n`
  expect((await say('--port', String(server.port))).complained).toBe(taken)
  await server.stop()
})

test.each([
  ['{', /wrong\.json: .*JSON.*\n$/],
  ['{"latncy":5}', /: scenario has no latncy\n$/],
  ['{"faults":[{"fault":"delay","ms":"5"}]}', /: scenario\.faults\[0\]\.ms should be number\n$/],
  ['{"behaviour":"maybe"}', /: scenario\.behaviour should be one of /],
  [undefined, /wrong\.json: ENOENT/],
])(
  'a scenario with the text %s is an error in one line, and nothing runs',
  async (text, message) => {
    const path = join(folder, 'wrong.json')
    await (text === undefined ? rm(path) : writeFile(path, text))
    expect((await say('--port', '0', '--scenario', path)).complained).toMatch(message)
  },
)

test.each([
  ['--port takes a number from 0 to 65535, not many', '--port', 'many'],
  ['The host is empty. Omit it for 127.0.0.1', '--host', '', '--port', '0'],
  ['--latency takes a time such as 500ms', '--latency', '5'],
  ['--latency takes a time such as 500ms', '--latency', '5s..1s'],
  ['203.0.113.1 is not an IP address', '--host', '203.0.113.1', '--port', '0'],
])('nothing runs after the error %s', async (message, ...args) => {
  expect((await say(...args)).complained).toContain(message)
})

test('--help lists every option', async () => {
  const { said } = await say('--help')
  for (const option of ['--port', '--host', '--latency', '--scenario', '--documented', '--cors']) {
    expect(said).toContain(option)
  }
})
