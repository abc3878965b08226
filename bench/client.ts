// `pnpm bench client`: the cost of a call beside a plain fetch, bare openapi-fetch and ky (which has
// timeouts and retries too), of the import, and of the client in a page.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { createApikley } from '@apikley/client'
import type { paths } from '@apikley/types'
import { build } from 'esbuild'
import ky from 'ky'
import createClient from 'openapi-fetch'
import { median, print } from './print.ts'

const ROUNDS = 60
const WARM_UP_ROUNDS = 5
const CALLS_PER_ROUND = 100

type Call = () => Promise<unknown>

if (process.argv[2] === '--serve') {
  serve()
} else {
  await measureCalls()
  measureImport()
  await measureSize(
    'createApikley',
    `import { createApikley } from '@apikley/client'; globalThis.create = createApikley`,
  )
  await measureSize(
    'openapi-fetch',
    `import createClient from 'openapi-fetch'; globalThis.create = createClient`,
  )
}

/** The service runs in a process of its own. Its cost is not part of a call. */
function serve(): void {
  const bodies: Record<string, string> = {
    '/api/v1/chat/credit': '{"code":200,"msg":"success","data":100}',
    '/api/v1/jobs/createTask': '{"code":200,"msg":"success","data":{"taskId":"task_12345678"}}',
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(bodies[request.url ?? ''])
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' ? address?.port : undefined)
  })
}

async function measureCalls(): Promise<void> {
  const server = fork(import.meta.filename, ['--serve'])
  try {
    const [port] = await once(server, 'message')
    const baseUrl = `http://127.0.0.1:${port}`
    const headers = {
      authorization: 'Bearer any-key-of-the-bench',
      'content-type': 'application/json',
    }
    const unlimited = { limit: 1e9, interval: 1 }
    const limits = { creates: unlimited, reads: unlimited }
    const apikley = createApikley({ apiKey: 'any-key-of-the-bench', baseUrl, limits })
    const bare = createClient<paths>({ baseUrl, headers })
    const retrying = ky.create({ headers, timeout: 30_000 })
    const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square' } as const
    const body = { model: 'ideogram/v3-reframe', input } as const
    const readUrl = `${baseUrl}/api/v1/chat/credit`
    const createUrl = `${baseUrl}/api/v1/jobs/createTask`

    await compare('read', {
      plain: async () => (await fetch(readUrl, { headers })).json(),
      bare: () => bare.GET('/api/v1/chat/credit'),
      ky: () => retrying.get(readUrl).json(),
      client: () => apikley.credits(),
    })
    await compare('create', {
      plain: async () => {
        const request = { method: 'POST', headers, body: JSON.stringify(body) }
        return (await fetch(createUrl, request)).json()
      },
      bare: () => bare.POST('/api/v1/jobs/createTask', { body }),
      ky: () => retrying.post(createUrl, { json: body }).json(),
      client: () => apikley.tasks.create('ideogram/v3-reframe', input),
    })
  } finally {
    server.kill()
  }
}

/** The calls take turns, so that a busy machine slows all of them. */
async function compare(
  name: string,
  calls: Record<'plain' | 'bare' | 'ky' | 'client', Call>,
): Promise<void> {
  const kinds = ['plain', 'bare', 'ky', 'client'] as const
  const times = kinds.map(() => Array<number>())
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [index, kind] of kinds.entries()) {
      const started = performance.now()
      for (let call = 0; call < CALLS_PER_ROUND; call++) {
        await calls[kind]()
      }
      if (round >= 0) {
        times[index]?.push((performance.now() - started) / CALLS_PER_ROUND)
      }
    }
  }
  const [plain = 0, bare = 0, rival = 0, client = 0] = times.map(median)
  print(`${name}: plain fetch`, plain, 'ms')
  print(`${name}: bare openapi-fetch`, bare, 'ms')
  print(`${name}: ky`, rival, 'ms')
  print(`${name}: client`, client, 'ms')
  print(`${name}: client over plain fetch`, client / plain, 'times')
  print(`${name}: client over ky`, client / rival, 'times', 1.2)
}

function measureImport(): void {
  const load = `await import(${JSON.stringify(import.meta.resolve('@apikley/client'))})`
  const empty: number[] = []
  const loaded: number[] = []
  for (let round = 0; round < 25; round++) {
    empty.push(cpuTime(''))
    loaded.push(cpuTime(load))
  }
  print('import, CPU time over an empty program', median(loaded) - median(empty), 'ms')
}

/** The CPU time of a start of Node with this code, in ms. */
function cpuTime(code: string): number {
  const report = `const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`
  const args = ['--input-type=module', '-e', `${code}\n${report}`]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

async function measureSize(name: string, contents: string): Promise<void> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    // The published packages, not the sources that tsconfig.json leads to.
    tsconfigRaw: {},
  })
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  print(`${name} in a page, minified and gzipped`, bytes / 1000, 'kB')
}
