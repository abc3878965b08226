import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { main } from '../src/command.ts'
import { startSimulator } from '../src/index.ts'
import { headers, input, model } from './service.ts'

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

async function listening({ said, child }: Run): Promise<string> {
  for (;;) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said()) ?? []
    if (url) {
      return url
    }
    if (child.exitCode !== null) {
      throw new Error(said())
    }
    await new Promise((resolve) => child.stdout?.once('data', resolve))
  }
}

async function call(url: string, body?: object): Promise<unknown> {
  const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
  return (await fetch(url, init)).json()
}

test('the command follows a scenario, and stops at SIGTERM with a connection open', async () => {
  const scenario = join(folder, 'scenario.json')
  const faults = [{ fault: 'code', code: 455, operation: 'create-task' }]
  await writeFile(scenario, JSON.stringify({ credits: 5, price: 2, faults }))
  const process = run('--port', '0', '--scenario', scenario, '--latency', '10ms..20ms')
  onTestFinished(() => void process.child.kill('SIGKILL'))
  const url = await listening(process)
  const createTask = `${url}/api/v1/jobs/createTask`
  expect(await call(createTask, { model, input })).toMatchObject({ code: 455 })
  expect(await call(createTask, { model, input })).toMatchObject({ code: 200 })
  expect(await call(`${url}/api/v1/chat/credit`)).toMatchObject({ data: 3 })
  process.child.kill('SIGTERM')
  expect(await process.ended).toBe(0)
})

test('the command stops at SIGINT while a callback is pending', async () => {
  const process = run('--port', '0', '--latency', '60s..60s')
  onTestFinished(() => void process.child.kill('SIGKILL'))
  const body = { model, input, callBackUrl: 'http://127.0.0.1:9/' }
  const url = await listening(process)
  expect(await call(`${url}/api/v1/jobs/createTask`, body)).toMatchObject({ code: 200 })
  process.child.kill('SIGINT')
  expect(await process.ended).toBe(0)
})

async function say(...args: string[]): Promise<{ said: string; complained: string }> {
  const lines = { said: '', complained: '' }
  const before = process.exitCode
  const server = await main(args, {
    print: (line) => {
      lines.said += `${line}\n`
    },
    printError: (line) => {
      lines.complained += `${line}\n`
    },
  })
  await server?.stop()
  const failed = process.exitCode === 1
  process.exitCode = before
  expect(failed).toBe(lines.complained !== '')
  return lines
}

describe('an error is one line, and nothing runs', () => {
  test('a taken port', async () => {
    const server = await startSimulator()
    expect((await say('--port', String(server.port))).complained).toBe(
      `Port ${server.port} is taken. Choose another one, or 0 for a free one.\n`,
    )
    await server.stop()
  })

  test('a scenario that is unreadable, not JSON or not valid', async () => {
    const path = join(folder, 'wrong.json')
    const wrong = async (text: string): Promise<string> => {
      await writeFile(path, text)
      return (await say('--port', '0', '--scenario', path)).complained
    }
    expect(await wrong('{')).toMatch(/wrong\.json: .*JSON.*\n$/)
    expect(await wrong('{"latncy":5}')).toMatch(/: scenario has no latncy\n$/)
    expect(await wrong('{"faults":[{"fault":"delay","ms":"5"}]}')).toMatch(
      /: scenario\.faults\[0\]\.ms should be number\n$/,
    )
    expect(await wrong('{"behaviour":"maybe"}')).toMatch(/: scenario\.behaviour should be one of /)
    expect((await say('--scenario', join(folder, 'none.json'))).complained).toMatch(
      /none\.json: ENOENT/,
    )
  })

  test.each([
    ['--port takes a number from 0 to 65535, not many', '--port', 'many'],
    ['The host is empty. Omit it for 127.0.0.1', '--host', '', '--port', '0'],
    ['--latency takes a time such as 500ms', '--latency', '5'],
    ['--latency takes a time such as 500ms', '--latency', '5s..1s'],
    ['203.0.113.1 is not an IP address', '--host', '203.0.113.1', '--port', '0'],
  ])('%s', async (message, ...args) => {
    expect((await say(...args)).complained).toContain(message)
  })
})

test('--help lists every option', async () => {
  const { said } = await say('--help')
  for (const option of ['--port', '--host', '--latency', '--scenario', '--documented', '--cors']) {
    expect(said).toContain(option)
  }
})
