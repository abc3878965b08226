import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import type { Scenario } from '@apikley/simulator'
import { afterAll, expect, test } from 'vitest'
import { serveMcp, type McpOptions } from '../src/mcp/server.ts'
import { Output } from '../src/output.ts'
import { openSession } from '../src/session.ts'
import { machine, type Machine } from './cli.ts'

const INPUT = { model: 'google/imagen4', input: { prompt: 'cat' } }
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

interface Agent {
  readonly client: Client
  readonly call: (name: string, args?: object) => Promise<{ text: string; isError: boolean }>
  readonly close: () => Promise<void>
}

const agents = new Set<Agent>()
afterAll(() => Promise.all([...agents].map(({ close }) => close())))

/** An agent of the official library. Its root is `work` in the folder of the machine. */
async function connect(user: Machine, options: McpOptions = {}, roots = true): Promise<Agent> {
  const work = join(user.folder, 'work')
  mkdirSync(work, { recursive: true })
  const [forClient, forServer] = InMemoryTransport.createLinkedPair()
  const stop = new AbortController()
  const host = user.host({})
  const session = await openSession(host, false)
  const context = {
    host,
    output: new Output(host, true),
    session: async () => session,
    signal: stop.signal,
  }
  const served = serveMcp(context, options, forServer)
  const client = new Client(
    { name: 'agent', version: '1.0.0' },
    { capabilities: roots ? { roots: {} } : {} },
  )
  if (roots) {
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: `file://${work}` }] }))
  }
  await client.connect(forClient)
  const agent: Agent = {
    client,
    async call(name, args = {}) {
      const { content, isError = false } = await client.callTool({ name, arguments: { ...args } })
      const [part] = content
      return { text: part?.type === 'text' ? part.text : '', isError }
    },
    async close() {
      agents.delete(agent)
      await client.close()
      stop.abort()
      await served
      await session.close()
    },
  }
  agents.add(agent)
  return agent
}

const taskOf = (text: string): string | undefined => /"taskId":"(\w+)"/.exec(text)?.[1]

test('an agent lists, creates, repeats, waits over two calls and saves', async () => {
  const user = machine({ latency: 60_000 })
  const { client, call } = await connect(user)
  const { tools } = await client.listTools()
  const names = ['models', 'schema', 'create', 'wait', 'save', 'credits', 'recover']
  expect(tools.map(({ name }) => name)).toEqual(names)
  // A token has at least three characters of English or JSON.
  expect(JSON.stringify(tools).length / 3).toBeLessThan(2000)
  expect((await call('models', { kind: 'image' })).text).toMatch(/google\/imagen4 +image/)
  expect((await call('schema', { model: 'google/imagen4' })).text).toContain('"prompt"')
  const { text } = await call('create', INPUT)
  const taskId = taskOf(text)
  expect(taskOf((await call('create', INPUT)).text)).toBe(taskId)
  expect((await call('wait', { taskId })).text).toContain('still running, call again')
  expect((await call('wait', { taskId })).text).toContain('"state":"success"')
  expect((await call('save', { taskId })).text).toMatch(/work\/google-imagen4-\w+-0.gif/)
  expect((await call('credits')).text).toContain('"counted":{"tasks":1')
  expect(user.simulator.journal.tasks.length).toBe(1)
})

test('an agent that disconnects after create finds its task', async () => {
  const user = machine()
  const first = await connect(user)
  await first.call('create', INPUT)
  await first.close()
  const second = await connect(user)
  expect((await second.call('create', INPUT)).text).toContain('Nothing more was charged')
  expect(user.simulator.journal.tasks.length).toBe(1)
})

test.each([
  ['a path outside of the roots', '../cat.png', {}, true, false],
  ['a symlink out of the roots', 'link.png', {}, true, false],
  ['a file in a linked folder', 'linked/cat.png', {}, true, false],
  ['a path without roots', 'inside.png', {}, false, false],
  ['a file below a root of the client', 'inside.png', {}, true, true],
  ['a file below a root of the person', 'inside.png', { root: ['work'] }, false, true],
])('%s, %s with the options %j and roots %j, is uploaded: %j', async (...row) => {
  const [, image_url, options, roots, isUploaded] = row
  const user = machine()
  const agent = await connect(user, options, roots)
  writeFileSync(join(user.folder, 'cat.png'), PNG)
  writeFileSync(join(user.folder, 'work/inside.png'), PNG)
  symlinkSync(join(user.folder, 'cat.png'), join(user.folder, 'work/link.png'))
  symlinkSync(user.folder, join(user.folder, 'work/linked'))
  const input = { image_url, image_size: 'square' }
  const answer = await agent.call('create', { model: 'ideogram/v3-reframe', input })
  expect(answer.isError).toBe(!isUploaded)
  expect(answer.text).toMatch(isUploaded ? /taskId/ : /root.*Nothing was charged/s)
  expect(user.simulator.journal.received > 0).toBe(isUploaded)
})

test('results are saved below the roots only', async () => {
  const user = machine()
  const agent = await connect(user)
  const taskId = taskOf((await agent.call('create', INPUT)).text)
  const { text } = await agent.call('save', { taskId, folder: '..' })
  expect(text).toContain('is not below a root')
})

const ERRORS: [name: string, scenario: Scenario, options: McpOptions, ...texts: RegExp[]][] = [
  ['a cap', {}, { maxCredits: 2, price: 3 }, /cap of 2 credits.*Nothing was sent or charged/],
  ['an empty account', { credits: 0 }, {}, /Nothing was charged[^]*Next: correct the call/],
  [
    'a lost response',
    { faults: [{ operation: 'create-task', fault: 'reset', accepted: true }] },
    {},
    /may have been created and charged[^]*Next: recover \S+/,
  ],
]

test.each(ERRORS)(
  'the error of %s says what was charged and what comes next',
  async (_, scenario, options, text) => {
    const agent = await connect(machine(scenario), options)
    const answer = await agent.call('create', INPUT)
    expect([answer.isError, answer.text]).toEqual([true, expect.stringMatching(text)])
  },
)
