// `pnpm spec:update [SOURCE…]`: sync, compile, generate, diff and changeset in one; what is left to do is to review and to commit.
import { resolve } from 'node:path'
import { SpecError } from './compile/json.ts'
import { documentAt } from './git.ts'
import { update } from './sync/update.ts'

const root = resolve(import.meta.dirname, '..')

try {
  const base = await documentAt(root, 'HEAD')
  const options = {
    root,
    base,
    wanted: process.argv.slice(2),
    fetch: globalThis.fetch,
    deadline: () => AbortSignal.timeout(30_000),
    now: Date.now(),
    tell: console.log,
  }
  const { outcomes, changeset } = await update(options)
  console.log(changeset ? `Changeset: ${changeset}` : 'Nothing to release.')
  if (outcomes.some(({ is }) => is === 'failed')) process.exitCode = 1
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
