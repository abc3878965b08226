// `pnpm spec:sync [SOURCE…]`: brings the vendored documents up to date, from the sources in
// specs/sources.yaml, or from addresses or files.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './cli.ts'
import { sync } from '../sync/sync.ts'
import { tryOut } from '../sync/try-out.ts'

await run('Usage: pnpm spec:sync [--root DIR] [SOURCE…]', async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { root: { type: 'string' } },
  })
  const outcomes = await sync({
    root: resolve(values.root ?? `${import.meta.dirname}/../../..`),
    wanted: positionals,
    fetch: globalThis.fetch,
    deadline: () => AbortSignal.timeout(30_000),
    now: Date.now(),
    tell: console.log,
    tryOut,
  })
  if (outcomes.some(({ is }) => is === 'failed')) {
    process.exitCode = 1
  }
})
