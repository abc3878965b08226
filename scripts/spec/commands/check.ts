// `pnpm spec:check FILE…`: tells what documents, or pages with documents in them, would become.
// Touches nothing; the exit code is 1 when one is refused.
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './cli.ts'
import { SpecError } from '../compile/json.ts'
import { limits } from '../compile/read.ts'
import { checkDocument } from '../sync/check.ts'
import { knownDocuments } from '../sync/known.ts'
import { tryOut } from '../sync/try-out.ts'

const usage = 'Usage: pnpm spec:check FILE…'

await run(usage, async () => {
  const { positionals: files } = parseArgs({ allowPositionals: true })
  if (files.length === 0) {
    throw new SpecError(usage)
  }
  const root = resolve(import.meta.dirname, '../../..')
  const known = await knownDocuments(root)
  for (const file of files) {
    console.log(file)
    try {
      const { size } = await stat(file)
      if (size > limits.bytes) {
        throw new Error(`${size} bytes are more than the ${limits.bytes} that a document may have`)
      }
      const { accepted, text } = await checkDocument(await readFile(file, 'utf8'), file, {
        root,
        known,
        tryOut,
      })
      console.log(text)
      if (!accepted) {
        process.exitCode = 1
      }
    } catch (error) {
      console.log(`  refused: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
  }
})
