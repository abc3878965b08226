// Runs in Node, Bun and Deno: `program.ts run CLIENT TASKS` runs cells with the built client at a
// URL, prints the reports and unhandled rejections as JSON, and has to end by itself.
// `program.ts serve PROXIES` serves proxies and prints their URL.
import { createProxies } from './proxies.ts'
import { runCells } from './run-cells.ts'

type Serve = (options: object) => {
  readonly port?: number
  readonly addr?: { readonly port: number }
}

declare const Bun: { readonly serve: Serve } | undefined
declare const Deno: { readonly serve: Serve } | undefined

async function run(client: string, tasks: string): Promise<void> {
  const { createApikley } = await import(client)
  const unhandled: string[] = []
  process.on('unhandledRejection', (reason) => unhandled.push(String(reason)))
  const reports = await runCells(createApikley, JSON.parse(tasks))
  await new Promise((resolve) => setTimeout(resolve, 50))
  console.log(JSON.stringify({ reports, unhandled }))
}

async function serve(proxies: string): Promise<void> {
  const fetch = createProxies(JSON.parse(proxies))
  const options = { port: 0, hostname: '127.0.0.1' }
  if (typeof Bun === 'object') {
    console.log(`http://127.0.0.1:${Bun.serve({ ...options, fetch }).port}`)
  } else if (typeof Deno === 'object') {
    const { addr } = Deno.serve({ ...options, handler: fetch, onListen: () => {} })
    console.log(`http://127.0.0.1:${addr?.port}`)
  } else {
    const { listenWith } = await import('test-kit/listen')
    console.log((await listenWith(fetch)).url)
  }
}

const [mode, first = '', second = ''] = process.argv.slice(2)
await (mode === 'run' ? run(first, second) : serve(first))
