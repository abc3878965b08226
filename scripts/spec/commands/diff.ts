// `pnpm spec:diff [BASE]`: what the compiled document of this tree changes against that of a commit
// (default: HEAD), and what version that takes.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './cli.ts'
import { readDocument } from '../compile/read.ts'
import { diff, table, verdict } from '../diff/diff.ts'
import { documentAt } from '../diff/git.ts'

await run('Usage: pnpm spec:diff [BASE]', async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  const root = resolve(import.meta.dirname, '../../..')
  const base = await documentAt(root, positionals[0] ?? 'HEAD')
  const found = await diff(
    base,
    await readDocument(join(root, 'specs/openapi.yaml'), 'specs/openapi.yaml'),
  )
  if (found.changes.length > 0) {
    console.log(`${table(found)}\n`)
  }
  console.log(verdict(found))
})
