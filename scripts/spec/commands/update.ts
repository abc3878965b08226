// `pnpm spec:update [--offline] [SOURCE…]`: sync, compile, generate, diff and changeset in one;
// what is left to do is to review and to commit.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './cli.ts'
import { documentAt } from '../diff/git.ts'
import { tryOut } from '../sync/try-out.ts'
import { update } from '../sync/update.ts'

const usage = 'Usage: pnpm spec:update [--offline] [SOURCE…]'

// The exit code is 1 when a source failed and the rest is done, and 2 when nothing is.
const nothingDone = 2

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { offline: { type: 'boolean', default: false } },
  })
  const root = resolve(import.meta.dirname, '../../..')
  const { outcomes, changeset } = await update({
    root,
    base: await documentAt(root, 'HEAD'),
    offline: values.offline,
    wanted: positionals,
    fetch: globalThis.fetch,
    deadline: () => AbortSignal.timeout(30_000),
    now: Date.now(),
    tell: console.log,
    tryOut,
  })
  console.log(changeset ? `Changeset: ${changeset}` : 'Nothing to release.')
  if (outcomes.some(({ is }) => is === 'failed')) {
    process.exitCode = 1
  }
}

await run(usage, main, nothingDone)
