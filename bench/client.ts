// `pnpm bench client`: what a call of the client costs beside a plain `fetch` of the same, what
// importing it costs, and how big it is in a page.
import { execFileSync, fork } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { createApikley as CreateApikley } from '@apikley/client'
import { bundleForPage, gzipped } from '../scripts/packages/page.ts'

if (process.argv[2] === '--serve') {
  serve()
} else {
  await measure()
}

/** The service, in a process of its own, so that what it costs is not counted. */
function serve(): void {
  const answers: Record<string, string> = {
    '/api/v1/chat/credit': '{"code":200,"msg":"success","data":100}',
    '/api/v1/jobs/createTask': '{"code":200,"msg":"success","data":{"taskId":"task_12345678"}}',
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(answers[request.url ?? ''])
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' ? address?.port : undefined)
  })
}

async function measure(): Promise<void> {
  // As it is published: the built package, through its exports.
  const client = createRequire(join(import.meta.dirname, '../packages/react/package.json')).resolve(
    '@apikley/client/package.json',
  )
  const entry = join(dirname(client), 'dist/index.js')
  const { createApikley }: { createApikley: typeof CreateApikley } = await import(
    pathToFileURL(entry).href
  )

  const server = fork(import.meta.filename, ['--serve'])
  try {
    const port = await new Promise((resolve) => server.once('message', resolve))
    const baseUrl = `http://127.0.0.1:${Number(port)}`
    const plenty = { limit: 1e9, interval: 1 }
    const options = { apiKey: 'any-key', limits: { creates: plenty, reads: plenty } }
    const headers = { authorization: 'Bearer any-key', 'content-type': 'application/json' }
    const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square' } as const
    const body = JSON.stringify({ model: 'ideogram/v3-reframe', input })

    console.log(
      'overhead per call, in ms: median of 60 rounds of 100 calls, one after the other, in turns',
    )
    console.log('                                             raw fetch    client    times')
    const apikley = createApikley({ ...options, baseUrl })
    await compare(
      'read, over loopback',
      60,
      100,
      () => plain(fetch, `${baseUrl}/api/v1/chat/credit`, { headers }),
      () => apikley.credits(),
    )
    await compare(
      // A Blob as the client sends it: Node takes twice as long for it as for a string, Deno would
      // send a string again by itself.
      'create with a Blob, over loopback',
      60,
      100,
      () =>
        plain(fetch, `${baseUrl}/api/v1/jobs/createTask`, {
          method: 'POST',
          headers,
          body: new Blob([body]),
        }),
      () => apikley.tasks.create('ideogram/v3-reframe', input),
    )
    const canned: typeof fetch = async () => new Response('{"code":200,"msg":"success","data":100}')
    const inProcess = createApikley({ ...options, fetch: canned })
    await compare(
      'read, answered in process by a Response',
      60,
      100,
      () => plain(canned, baseUrl, { headers }),
      () => inProcess.credits(),
    )
  } finally {
    server.kill()
  }

  const imported = `await import(${JSON.stringify(pathToFileURL(entry).href)})`
  const [empty, full] = [Array<number>(), Array<number>()]
  for (let round = 0; round < 25; round++) {
    empty.push(cpuTime(''))
    full.push(cpuTime(imported))
  }
  console.log(
    `\nimport over empty Node                        ${(median(full) - median(empty)).toFixed(1)} ms of CPU time (median of 25 starts of each)`,
  )

  console.log('\nin a page, minified and gzipped               at once    on demand')
  await size(
    'createApikley({ proxyUrl })',
    `import { createApikley } from '@apikley/client'; globalThis.client = createApikley({ proxyUrl: '/api/apikley' })`,
  )
  await size(
    'one operation alone',
    `import { getAccountCredits } from '@apikley/client/operations'; globalThis.call = getAccountCredits`,
  )
  await size(
    'openapi-fetch alone',
    `import createClient from 'openapi-fetch'; globalThis.client = createClient()`,
    join(dirname(client), 'src'),
  )
}

async function plain(send: typeof fetch, url: string, init: RequestInit): Promise<unknown> {
  const response = await send(url, init)
  return response.json()
}

async function compare(
  name: string,
  rounds: number,
  calls: number,
  raw: () => Promise<unknown>,
  ours: () => Promise<unknown>,
): Promise<void> {
  const times: [number[], number[]] = [[], []]
  for (let round = -5; round < rounds; round++) {
    for (const [index, call] of [raw, ours].entries()) {
      const started = performance.now()
      for (let each = 0; each < calls; each++) {
        await call()
      }
      // The first rounds warm up.
      if (round >= 0) {
        times[index === 0 ? 0 : 1].push((performance.now() - started) / calls)
      }
    }
  }
  const [before, after] = [median(times[0]), median(times[1])]
  console.log(
    `${name.padEnd(45)}${before.toFixed(4).padStart(9)}${after.toFixed(4).padStart(10)}${(after / before).toFixed(2).padStart(9)}`,
  )
}

/**
 * What a start of Node with this code takes, in ms. What other programs do on the machine is not in
 * it.
 */
function cpuTime(code: string): number {
  const report = `const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)`
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', `${code}\n${report}`], {
      encoding: 'utf8',
    }),
  )
}

async function size(
  name: string,
  code: string,
  resolveDir: string = join(import.meta.dirname, '../packages/react'),
): Promise<void> {
  const { atOnce, onDemand } = await bundleForPage(code, resolveDir, true)
  console.log(
    `${name.padEnd(44)}${gzipped(atOnce).toString().padStart(6)} B${gzipped(onDemand).toString().padStart(9)} B`,
  )
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
