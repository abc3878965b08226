import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test, vi, type Mock } from 'vitest'
import { createApikley } from '../src/index.ts'
import { listen } from 'test-kit/listen'
import { text, type Reply } from './replies.ts'
import { errorOf, key, service } from './service.ts'

const start = '{"code":200,"data":{"taskId":"task_9"},"msg":"'
const whole = `${start}${'x'.repeat(1000)}"}`

/** A body that never ends. Counts the chunks that were read, until it is cancelled. */
function endless(status: number): { reply: Reply; read: () => number; cancel: Mock<() => void> } {
  let chunks = 0
  const pull = (controller: ReadableStreamDefaultController): void => {
    controller.enqueue(new TextEncoder().encode((chunks === 0 ? start : '').padEnd(100_000, ' ')))
    chunks += 1
  }
  const cancel = vi.fn<() => void>()
  const reply = (): Response => new Response(new ReadableStream({ pull, cancel }), { status })
  return { reply, read: () => chunks, cancel }
}

/** A response of a `fetch` that has no web streams. */
const withoutStream = (fields: object): Reply => {
  return () => Object.assign({}, { status: 200, headers: new Headers() }, fields) as Response
}

test.each([
  ['tasks.create', 200, { kind: 'unconfirmed', charge: 'possible', taskId: 'task_9' }],
  ['credits', 200, { kind: 'unexpected-response' }],
  ['credits', 403, { kind: 'rejected' }],
] as const)('%s reads 4 MB of an endless answer with HTTP %i', async (call, status, expected) => {
  const { reply, read, cancel } = endless(status)
  const { apikley, create, sent } = service([reply])
  const error = await errorOf(call === 'credits' ? apikley.credits() : create())
  expect(error).toMatchObject({ ...expected, message: expect.stringContaining('4000000 bytes') })
  expect(read()).toBeLessThan(44)
  expect(cancel).toHaveBeenCalledOnce()
  expect(sent).toHaveLength(1)
})

/** A body whose end fails. Node ends a process that does not handle this. */
async function* unending(): AsyncGenerator<Uint8Array> {
  try {
    yield Buffer.from(whole)
  } finally {
    await Promise.reject(new Error('closed'))
  }
}

test.each<[string, Reply]>([
  ['a web stream', text(whole)],
  ['an iterator that cannot be closed', withoutStream({ body: unending() })],
  ['a Node stream', withoutStream({ body: Readable.from([Buffer.from(whole)]) })],
  ['a body without a stream', withoutStream({ text: async () => whole })],
])('%s is read up to the option maxResponseBytes', async (_, reply) => {
  const refused = service([reply], { maxResponseBytes: 1000 }).create()
  await expect(refused).rejects.toMatchObject({ kind: 'unconfirmed', taskId: 'task_9' })
})

test('a compressed answer counts with its decompressed size', async () => {
  const body = gzipSync(`${' '.repeat(100_000)}{"code":200,"data":5}`)
  const server = await listen((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
  })
  const apikley = createApikley({ apiKey: key, baseUrl: server.url, maxResponseBytes: 10_000 })
  const error = await errorOf(apikley.credits())
  await server.stop()
  expect(error).toMatchObject({ kind: 'unexpected-response' })
})
