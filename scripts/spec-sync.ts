// `pnpm spec:sync [SOURCE…]`: brings the vendored documents up to date, from the sources in specs/sources.yaml, or from addresses or files.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SpecError } from './compile/json.ts'
import { sync } from './sync/sync.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { root: { type: 'string' } } })
const root = resolve(values.root ?? `${import.meta.dirname}/..`)

try {
  const outcomes = await sync({
    root,
    wanted: positionals,
    fetch: globalThis.fetch,
    deadline: () => AbortSignal.timeout(30_000),
    now: Date.now(),
    tell: console.log,
  })
  if (outcomes.some(({ is }) => is === 'failed')) process.exitCode = 1
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
