import { createServer, type RequestListener, type Server } from 'node:http'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SpecError } from '../../spec/compile/json.ts'
import { repository } from '../../scratch.ts'
import { edit } from '../fixtures.ts'
import type { Locked } from '../../spec/compile/lock.ts'
import { checkDocument } from '../../spec/sync/check.ts'
import { sync, type Outcome } from '../../spec/sync/sync.ts'

const fixture = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../fixtures', name), 'utf8')
const painter = await fixture('painter.yaml')
const page = await fixture('page.txt')

let root: string
let server: Server
let host: string
let answer: RequestListener

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'apikley-sync-'))
  await cp(join(repository, 'specs'), join(root, 'specs'), { recursive: true })
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(root, { recursive: true })
})

async function sources(specs: string[], hosts = [host]): Promise<void> {
  const lines = ['hosts:', ...hosts.map((name) => `  - ${name}`), 'sources:']
  for (const spec of specs) {
    lines.push(`  - spec: ${spec}`, `    url: http://${host}/${spec}`)
  }
  await writeFile(join(root, 'specs/sources.yaml'), `${lines.join('\n')}\n`)
}

async function run(
  wanted: string[] = [],
  deadline: AbortSignal = new AbortController().signal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
  trial: (root: string) => Promise<void> = async () => {},
): Promise<{ outcomes: Outcome[]; said: string[] }> {
  const said: string[] = []
  const now = Date.UTC(2026, 0, 5)
  const outcomes = await sync({
    root,
    wanted,
    fetch,
    deadline: () => deadline,
    now,
    tell: (line) => said.push(line),
    tryOut: trial,
  })
  return { outcomes, said }
}

const vendored = (spec: string): Promise<string> =>
  readFile(join(root, 'specs/upstream', `${spec}.yaml`), 'utf8')

async function locked(spec: string): Promise<Locked | undefined> {
  const lock: { documents: Record<string, Locked> } = JSON.parse(
    await readFile(join(root, 'specs/upstream/lock.json'), 'utf8'),
  )
  return lock.documents[spec]
}

/** Everything below specs, by path. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(join(root, 'specs'), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  )
}

describe('a sync', () => {
  test('takes documents out of pages and as they are, byte for byte, and notes where they are from', async () => {
    await sources(['market/atelier/sketcher', 'market/atelier/painter-2.5'])
    answer = (request, response) =>
      response.setHeader('etag', '"v1"').end(request.url?.endsWith('sketcher') ? page : painter)
    const { outcomes, said } = await run()
    expect(outcomes.map(({ is }) => is)).toEqual(['new', 'new'])
    expect(said[0]).toBe('1/2 market/atelier/sketcher: new (atelier/sketcher)')
    expect(page).toContain(await vendored('market/atelier/sketcher'))
    expect(await locked('market/atelier/painter-2.5')).toMatchObject({
      url: `http://${host}/market/atelier/painter-2.5`,
      operation: 'atelier-painter-2-5',
      retrieved: '2026-01-05',
      etag: '"v1"',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('asks whether there is a new version, and leaves what is not changed', async () => {
    await sources(['market/atelier/painter-2.5'])
    const asked: (string | undefined)[] = []
    answer = (request, response) => {
      asked.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === '"v1"') {
        response.writeHead(304).end()
      } else {
        response.setHeader('etag', '"v1"').end(painter)
      }
    }
    await run()
    const before = await tree()
    expect((await run()).outcomes).toEqual([
      { name: 'market/atelier/painter-2.5', is: 'unchanged' },
    ])
    expect(asked).toEqual([undefined, '"v1"'])
    expect(await tree()).toEqual(before)
  })

  test('servers that call the same bytes by another tag each time change nothing', async () => {
    await sources(['market/atelier/painter-2.5'])
    let version = 0
    answer = (_, response) => response.setHeader('etag', `"${version++}"`).end(painter)
    await run()
    const before = await tree()
    expect((await run()).outcomes[0]?.is).toBe('unchanged')
    expect(await tree()).toEqual(before)
  })

  test('a document that is not what was locked is retrieved again', async () => {
    await sources(['market/atelier/painter-2.5'])
    answer = (request, response) => {
      if (request.headers['if-none-match']) {
        response.writeHead(304).end()
      } else {
        response.setHeader('etag', '"v1"').end(painter)
      }
    }
    await run()
    await edit(join(root, 'specs/upstream/market/atelier/painter-2.5.yaml'), (text) =>
      text.replace('maxItems: 3', 'maxItems: 30'),
    )
    await run()
    expect(await vendored('market/atelier/painter-2.5')).toBe(painter)
  })

  test('a page that gives another model the name of one that is here does not replace it', async () => {
    const before = await vendored('market/ideogram/v3-reframe')
    const heading = 'market/ideogram/v3-reframe.json post /api/v1/jobs/createTask\n'
    const file = join(root, 'page.txt')
    await writeFile(file, heading + painter)
    expect((await run([file])).outcomes).toEqual([{ name: file, is: 'new' }])
    expect(await vendored('market/ideogram/v3-reframe')).toBe(before)
    expect(painter).toContain(await vendored('market/atelier/painter-2.5'))
  })

  test('a source that is about something else all at once fails', async () => {
    await sources(['market/atelier/painter-2.5'])
    answer = (_, response) => response.end(painter)
    await run()
    answer = (_, response) => response.end(painter.replaceAll('painter-2.5', 'carver'))
    const { outcomes, said } = await run()
    expect(outcomes[0]?.is).toBe('failed')
    expect(said[0]).toContain(
      'is about atelier/carver now and was about atelier/painter-2.5; if that is right, delete specs/upstream/',
    )
    expect(await vendored('market/atelier/painter-2.5')).toBe(painter)
  })

  test('two sources of one model are not both taken', async () => {
    await sources(['market/a', 'market/b'])
    answer = (_, response) => response.end(painter)
    const { outcomes, said } = await run()
    expect(outcomes.map(({ is }) => is)).toEqual(['new', 'failed'])
    expect(said[1]).toBe('2/2 market/b: failed: is about atelier/painter-2.5, as market/a is')
  })

  test('a name that means nothing does not stop the others', async () => {
    await sources(['market/atelier/painter-2.5'])
    answer = (_, response) => response.end(painter)
    const { outcomes } = await run(['nowhere.yaml', 'market/atelier/painter-2.5'])
    expect(outcomes.map(({ is }) => is)).toEqual(['failed', 'new'])
  })

  test('what cannot be used together with the others is not taken, and the others are', async () => {
    await sources(['market/atelier/sketcher', 'market/atelier/painter-2.5'])
    answer = (request, response) => response.end(request.url?.endsWith('sketcher') ? page : painter)
    const before = Object.keys(await tree())
    const refuse = async (stage: string): Promise<void> => {
      const files = await readdir(join(stage, 'specs/upstream/market/atelier'))
      if (files.includes('painter-2.5.yaml')) {
        throw new SpecError(
          'redocly lint failed:\nopenapi.yaml:\n  1:1  error  struct  Expected an array',
        )
      }
    }
    const { outcomes, said } = await run([], new AbortController().signal, globalThis.fetch, refuse)
    expect(outcomes.map(({ is }) => is)).toEqual(['new', 'failed'])
    expect(said.at(-1)).toBe(
      'market/atelier/painter-2.5: failed: redocly lint failed: 1:1 error struct Expected an array',
    )
    expect(Object.keys(await tree()).filter((file) => !before.includes(file))).toEqual([
      join(root, 'specs/upstream/market/atelier/sketcher.yaml'),
    ])
  })

  test.each([
    [
      'layout only',
      painter
        .replace('# A second model', '# Another model')
        .replace('[black, white]', '[ black, white ]'),
    ],
    ['prose only', painter.replace('Paint with', 'Draw with')],
    ['', painter.replace('maxItems: 3', 'maxItems: 4')],
  ])('tells how far a change goes: %s', async (note, changed) => {
    await sources(['market/atelier/painter-2.5'])
    answer = (_, response) => response.end(painter)
    await run()
    answer = (_, response) => response.end(changed)
    const { said } = await run()
    expect(said).toEqual([
      `1/1 market/atelier/painter-2.5: changed (atelier/painter-2.5${note && `, ${note}`})`,
    ])
  })

  test('of a file replaces the document of the same model, whatever the file is called', async () => {
    const file = join(dirname(root), `${Date.now()}-download.yaml`)
    await writeFile(
      file,
      (await vendored('market/ideogram/v3-reframe')).replaceAll('landscape_16_9', 'landscape_21_9'),
    )
    try {
      const { outcomes } = await run([file])
      expect(outcomes).toEqual([{ name: file, is: 'changed' }])
      expect(await vendored('market/ideogram/v3-reframe')).toContain('landscape_21_9')
      expect((await locked('market/ideogram/v3-reframe'))?.retrieved).toBe('2026-01-05')
    } finally {
      await rm(file)
    }
  })

  test('a document that an overlay mends is taken in', async () => {
    await sources(['market/atelier/painter-2.5'])
    answer = (_, response) =>
      response.end(painter.replace('enum: [atelier/painter-2.5]', 'description: not said'))
    expect((await run()).said[0]).toContain('should allow exactly one model id')
    const overlay = [
      'overlay: 1.0.0',
      'info: { title: Model id, version: 1.0.0, x-reason: The document forgets it }',
      'extends: ../upstream/market/atelier/painter-2.5.yaml',
      'actions:',
      "  - target: $.paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json'].schema.properties.model",
      '    update: { enum: [atelier/painter-2.5] }',
    ]
    await writeFile(join(root, 'specs/overlays/painter.yaml'), `${overlay.join('\n')}\n`)
    expect((await run()).said).toEqual([
      '1/1 market/atelier/painter-2.5: new (atelier/painter-2.5)',
    ])
  })

  test('a file that an overlay mends is taken in where the check says that it would be', async () => {
    const file = join(root, 'painter.yaml')
    await writeFile(file, painter.replace('enum: [atelier/painter-2.5]', 'description: not said'))
    const checked = await checkDocument(await readFile(file, 'utf8'), file, {
      root,
      known: new Map(),
      tryOut: async () => {},
    })
    const overlay = checked.text
      .slice(checked.text.indexOf('    overlay:'))
      .replaceAll(/^ {4}/gm, '')
      .replace('the-model-id', 'atelier/painter-2.5')
    await writeFile(join(root, 'specs/overlays/painter.yaml'), overlay)
    expect((await run([file])).said).toEqual([`1/1 ${file}: new (atelier/painter-2.5)`])
    expect(await vendored('market/painter')).toBe(await readFile(file, 'utf8'))
  })

  test('goes on after a source that fails', async () => {
    await sources(['market/atelier/sketcher', 'market/atelier/painter-2.5'])
    answer = (request, response) =>
      request.url?.endsWith('sketcher') ? response.writeHead(503).end() : response.end(painter)
    const { outcomes, said } = await run()
    expect(outcomes.map(({ is }) => is)).toEqual(['failed', 'new'])
    expect(said[0]).toBe('1/2 market/atelier/sketcher: failed: answers with HTTP 503')
  })
})

/** The painter with a prompt that refers to the first of some schemas. */
function referring(...schemas: string[]): string {
  const components = schemas.map((schema, index) => `    L${index}:\n      ${schema}\n`)
  return `${painter.replace('                      type: string\n                      maxLength: 50', "                      $ref: '#/components/schemas/L0'")}components:\n  schemas:\n${components.join('')}`
}

/** Each schema refers to the next twice. */
function bomb(): string {
  const levels = Array.from(
    { length: 20 },
    (_, level) =>
      `allOf: [{ $ref: '#/components/schemas/L${level + 1}' }, { $ref: '#/components/schemas/L${level + 1}' }]`,
  )
  return referring(...levels, 'type: string')
}

describe('a hostile source is refused with one line, and leaves everything as it was', () => {
  test.each<[string, RequestListener, RegExp]>([
    [
      'a page without end',
      (_, response) => void pipeline(Readable.from(endless()), response).catch(() => {}),
      /is larger than the 5000000 bytes/,
    ],
    [
      'a redirect to another host',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      /another host, 127\.0\.0\.1:9: not followed/,
    ],
    [
      'redirects in a circle',
      (request, response) => void response.writeHead(302, { location: request.url ?? '' }).end(),
      /more than 3 times/,
    ],
    [
      'a redirect to what is no address',
      (_, response) => void response.writeHead(302, { location: 'http://[' }).end(),
      /no address/,
    ],
    [
      'an answer to what was not asked',
      (_, response) => void response.writeHead(304).end(),
      /HTTP 304/,
    ],
    [
      'references that unfold without end',
      (_, response) => void response.end(bomb()),
      /unfold to more than 100000 values/,
    ],
    [
      'a reference to itself',
      (_, response) => void response.end(referring("$ref: '#/components/schemas/L0'")),
      /in a circle/,
    ],
    [
      'a pattern of another language',
      (_, response) => void response.end(painter.replace('maxLength: 50', "pattern: '(?i)^a'")),
      /no regular expression/,
    ],
    [
      'bytes that are no text',
      (_, response) => void response.end(Buffer.from([0xff, 0xfe, 0x00])),
      /cannot be read/,
    ],
    [
      'no document',
      (_, response) => void response.end('<html>'),
      /no line that begins with "openapi:"/,
    ],
    [
      'another operation',
      (_, response) => void response.end(painter.replace('createTask', 'deleteAll')),
      /POST \/api\/v1\/jobs\/deleteAll is neither createTask nor described/,
    ],
    [
      'a model id that is a path',
      (_, response) => void response.end(painter.replace('[atelier/painter-2.5]', '[../../x]')),
      /exactly one model id/,
    ],
    [
      'a key that reaches into prototypes',
      (_, response) => void response.end(`${painter}__proto__:\n  a: 1\n`),
      /may not be called __proto__/,
    ],
    [
      'a reference to a file',
      (_, response) =>
        void response.end(`${painter}components:\n  schemas:\n    A:\n      $ref: ./a.yaml\n`),
      /leaves the document/,
    ],
  ])('%s', async (_, listener, message) => {
    await sources(['market/atelier/painter-2.5'])
    const before = await tree()
    answer = listener
    const { outcomes, said } = await run()
    expect(outcomes).toEqual([{ name: 'market/atelier/painter-2.5', is: 'failed' }])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(message)
    expect(said[0]?.split('\n')).toHaveLength(1)
    expect(await tree()).toEqual(before)
  })

  test('silence, when the time is up', async () => {
    await sources(['market/atelier/painter-2.5'])
    const before = await tree()
    const time = new AbortController()
    answer = () => time.abort()
    expect((await run([], time.signal)).said).toEqual([
      '1/1 market/atelier/painter-2.5: failed: no answer in time',
    ])
    expect(await tree()).toEqual(before)
  })

  test('half a page, when the time is up', async () => {
    await sources(['market/atelier/painter-2.5'])
    const before = await tree()
    const time = new AbortController()
    answer = (_, response) => void response.write('openapi: 3.0.0\n')
    const upAfterHeaders: typeof fetch = async (...request) => {
      const response = await fetch(...request)
      setImmediate(() => time.abort())
      return response
    }
    expect((await run([], time.signal, upAfterHeaders)).said).toEqual([
      '1/1 market/atelier/painter-2.5: failed: was not read in time',
    ])
    expect(await tree()).toEqual(before)
  })

  test('a host that is not listed is not talked to', async () => {
    await sources(['market/atelier/painter-2.5'], ['docs.example.com'])
    answer = () => {
      throw new Error('somebody talked')
    }
    expect((await run()).said).toEqual([
      `1/1 market/atelier/painter-2.5: failed: ${host} is not among the hosts of specs/sources.yaml`,
    ])
  })

  test('a name that leads out of the folder is refused before anything is read', async () => {
    await sources(['../../outside'])
    await expect(run()).rejects.toThrow('cannot be kept under the name "../../outside"')
  })
})

/** 128 MB, if anyone takes them. */
function* endless(): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536, 'a')
  for (let sent = 0; sent < 2000; sent++) {
    yield chunk
  }
}
