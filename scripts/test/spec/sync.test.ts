import { existsSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { listen, type Listening } from 'test-kit/listen'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SpecError } from '../../spec/compile/json.ts'
import { readLock, type Locked } from '../../spec/compile/lock.ts'
import { inspectPage, toReport } from '../../spec/sync/check.ts'
import { readCatalog } from '../../spec/sync/place.ts'
import { sync, type Outcome, type SyncOptions } from '../../spec/sync/sync.ts'
import { edit } from '../fixtures.ts'
import { filesBelow } from '../packages/application.ts'
import { copySpecs, page, painter, syncOptions } from './documents.ts'

let root: string
let server: Listening
let host: string
let respond: RequestListener

beforeEach(async () => {
  root = await copySpecs()
  server = await listen((request, response) => respond(request, response))
  host = new URL(server.url).host
  respond = serve(painter)
  await writeSources([PAINTER])
})

afterEach(async () => {
  await server.stop()
  await rm(root, { recursive: true })
})

const PAINTER = 'market/atelier/painter-2.5'
const SKETCHER = 'market/atelier/sketcher'
const REFRAME = 'market/ideogram/v3-reframe'

async function writeSources(specs: string[], hosts = [host]): Promise<void> {
  const lines = ['hosts:', ...hosts.map((name) => `  - ${name}`), 'sources:']
  for (const spec of specs) {
    lines.push(`  - spec: ${spec}`, `    url: http://${host}/${spec}`)
  }
  await writeFile(join(root, 'specs/sources.yaml'), `${lines.join('\n')}\n`)
}

async function run(
  names: string[] = [],
  options: Partial<SyncOptions> = {},
): Promise<{ outcomes: Outcome[]; lines: string[]; statuses: string[] }> {
  const lines: string[] = []
  const outcomes = await sync({
    ...syncOptions(root, names),
    log: (line) => lines.push(line),
    validate: async () => undefined,
    ...options,
  })
  return { outcomes, lines, statuses: outcomes.map(({ status }) => status) }
}

const upstream = (spec: string): Promise<string> =>
  readFile(join(root, 'specs/upstream', `${spec}.yaml`), 'utf8')

const locked = async (spec: string): Promise<Locked | undefined> => (await readLock(root))[spec]

/** The content of every file below specs, by path. */
async function tree(): Promise<Record<string, string>> {
  const files = await filesBelow(join(root, 'specs'))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  )
}

const serve =
  (body: string | Buffer): RequestListener =>
  (_, response) =>
    void response.end(body)

const serveBoth: RequestListener = (request, response) =>
  serve(request.url?.endsWith('sketcher') ? page : painter)(request, response)

describe('sync', () => {
  test('documents are stored byte for byte, and fetched again only if they differ', async () => {
    await writeSources([SKETCHER, PAINTER])
    const etags: (string | undefined)[] = []
    respond = (request, response) => {
      const etag = request.headers['if-none-match']
      etags.push(etag)
      if (etag === '"v1"') {
        response.writeHead(304).end()
      } else {
        serveBoth(request, response.setHeader('etag', '"v1"'))
      }
    }
    const { statuses, lines } = await run()
    expect(statuses).toEqual(['new', 'new'])
    expect(lines[0]).toBe(`1/2 ${SKETCHER}: new (atelier/sketcher)`)
    expect(page).toContain(await upstream(SKETCHER))
    expect(await upstream(PAINTER)).toBe(painter)
    expect(await locked(PAINTER)).toMatchObject({
      url: `http://${host}/${PAINTER}`,
      operation: 'atelier-painter-2-5',
      retrieved: '2026-01-05',
      etag: '"v1"',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })

    const before = await tree()
    expect((await run()).outcomes[1]).toEqual({ name: PAINTER, status: 'unchanged' })
    expect(etags).toEqual([undefined, undefined, '"v1"', '"v1"'])
    expect(await tree()).toEqual(before)

    await edit(join(root, 'specs/upstream', `${PAINTER}.yaml`), (text) => `${text}x-more: 1\n`)
    await run([PAINTER])
    expect(await tree()).toEqual(before)
  })

  test('a new etag for the same bytes changes nothing', async () => {
    let version = 0
    respond = (_, response) => {
      version++
      response.setHeader('etag', `"${version}"`).end(painter)
    }
    await run()
    const before = await tree()
    expect((await run()).statuses).toEqual(['unchanged'])
    expect(await tree()).toEqual(before)
  })

  test('a page that names another document does not replace that document', async () => {
    const before = await upstream(REFRAME)
    const file = join(root, 'page.txt')
    await writeFile(file, `${REFRAME}.json post /api/v1/jobs/createTask\n${painter}`)
    expect((await run([file])).outcomes).toEqual([{ name: file, status: 'new' }])
    expect(await upstream(REFRAME)).toBe(before)
    expect(painter).toContain(await upstream(PAINTER))
  })

  test('a source that changes its subject fails', async () => {
    await run()
    respond = serve(painter.replaceAll('painter-2.5', 'carver'))
    const { statuses, lines } = await run()
    expect(statuses).toEqual(['failed'])
    expect(lines[0]).toContain(
      'is about atelier/carver now and was about atelier/painter-2.5; if that is right, delete specs/upstream/',
    )
    expect(await upstream(PAINTER)).toBe(painter)
  })

  test('the second source of one model fails', async () => {
    await writeSources(['market/a', 'market/b'])
    const { statuses, lines } = await run()
    expect(statuses).toEqual(['new', 'failed'])
    expect(lines.at(-1)).toBe('market/b: failed: is about atelier/painter-2.5, as market/a is')
  })

  test('a source that fails does not stop the others', async () => {
    await writeSources([SKETCHER, PAINTER])
    respond = (request, response) =>
      request.url?.endsWith('sketcher') ? response.writeHead(503).end() : response.end(painter)
    const { statuses, lines } = await run(['nowhere.yaml', SKETCHER, PAINTER])
    expect(statuses).toEqual(['failed', 'failed', 'new'])
    expect(lines[1]).toBe(`2/3 ${SKETCHER}: failed: responds with HTTP 503`)
  })

  test('a document that is not valid together with the others is refused, and the rest is stored', async () => {
    await writeSources([SKETCHER, PAINTER])
    respond = serveBoth
    const before = Object.keys(await tree())
    const validate = async (copy: string): Promise<undefined> => {
      if (existsSync(join(copy, 'specs/upstream', `${PAINTER}.yaml`))) {
        throw new SpecError('struct: Expected an array')
      }
    }
    const { statuses, lines } = await run([], { validate })
    expect(statuses).toEqual(['new', 'failed'])
    expect(lines.at(-1)).toBe(`${PAINTER}: failed: struct: Expected an array`)
    expect(Object.keys(await tree()).filter((file) => !before.includes(file))).toEqual([
      join(root, 'specs/upstream', `${SKETCHER}.yaml`),
    ])
  })

  test('a file replaces the document of the same model, whatever its name', async () => {
    const file = join(root, 'download.yaml')
    const text = (await upstream(REFRAME)).replaceAll('landscape_16_9', 'landscape_21_9')
    await writeFile(file, text)
    expect((await run([file])).outcomes).toEqual([{ name: file, status: 'changed' }])
    expect(await upstream(REFRAME)).toContain('landscape_21_9')
    expect((await locked(REFRAME))?.retrieved).toBe('2026-01-05')
  })

  test.each([
    ['an id', 'enum: [atelier/painter-2.5]', 'description: not said'],
    ['a field', / +model:\n +type: string\n +enum.+\n +default.+\n/, ''],
  ])('the overlay of a check adds %s for the model', async (_, part, other) => {
    const file = join(root, 'painter.yaml')
    const text = painter.replace(part, other)
    await writeFile(file, text)
    expect((await run([file])).lines[0]).toContain('should allow exactly one model id')
    const finding = await inspectPage(text, file, await readCatalog(root), async () => undefined)
    const report = toReport(finding)
    const overlay = report
      .slice(report.indexOf('    overlay:'))
      .replaceAll(/^ {4}/gm, '')
      .replace('the-model-id', 'atelier/painter-2.5')
    await writeFile(join(root, 'specs/overlays/painter.yaml'), overlay)
    expect((await run([file])).lines).toEqual([`1/1 ${file}: new (atelier/painter-2.5)`])
    expect(await upstream('market/painter')).toBe(text)
  })
})

/** 128 MB, if they are all read. */
function* endless(): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536, 'a')
  for (let sent = 0; sent < 2000; sent++) {
    yield chunk
  }
}

describe('a hostile source', () => {
  test.each<[string, string, RequestListener]>([
    [
      'a page without end',
      'is larger than the limit of 5000000 bytes',
      (_, response) => void pipeline(Readable.from(endless()), response).catch(() => {}),
    ],
    [
      'a redirect',
      'HTTP 302, a redirect to http://127.0.0.1:9/: not followed',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    [
      'status 304 to an unconditional request',
      'HTTP 304',
      (_, response) => void response.writeHead(304).end(),
    ],
    ['bytes that are not text', 'cannot be read', serve(Buffer.from([0xff, 0xfe, 0x00]))],
    ['a page without a document', 'no line that begins with "openapi:"', serve('<html>')],
  ])('with %s is refused with one line and changes nothing', async (_, message, listener) => {
    const before = await tree()
    respond = listener
    const { statuses, lines } = await run()
    expect(statuses).toEqual(['failed'])
    expect(lines).toEqual([expect.stringContaining(message)])
    expect(lines.join('')).not.toContain('\n')
    expect(await tree()).toEqual(before)
  })

  test('a source that does not respond fails at the timeout', async () => {
    const timeout = new AbortController()
    respond = () => timeout.abort()
    expect((await run([], { createTimeout: () => timeout.signal })).lines).toEqual([
      `1/1 ${PAINTER}: failed: no response before the timeout`,
    ])
  })

  test('a source that sends half a page fails at the timeout', async () => {
    const before = await tree()
    const timeout = new AbortController()
    respond = (_, response) => void response.write('openapi: 3.0.0\n')
    const { lines } = await run([], {
      createTimeout: () => timeout.signal,
      fetch: async (...request) => {
        const response = await fetch(...request)
        setImmediate(() => timeout.abort())
        return response
      },
    })
    expect(lines).toEqual([`1/1 ${PAINTER}: failed: was not read before the timeout`])
    expect(await tree()).toEqual(before)
  })

  test('a host that is not listed gets no request', async () => {
    await writeSources([PAINTER], ['docs.example.com'])
    respond = () => {
      throw new Error('There was a request')
    }
    expect((await run()).lines).toEqual([
      `1/1 ${PAINTER}: failed: ${host} is not listed under hosts in specs/sources.yaml`,
    ])
  })

  test('a name that leaves the folder is refused before anything is read', async () => {
    await writeSources(['../../outside'])
    await expect(run()).rejects.toThrow('cannot be stored under the name "../../outside"')
  })
})
