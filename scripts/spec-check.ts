// `pnpm spec:check FILE…`: tells what documents, or pages with documents in them, would become. Touches nothing; the exit code is 1 when one is refused.
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { limits } from './compile/read.ts'
import { checkDocument } from './sync/check.ts'
import { knownDocuments } from './sync/known.ts'

const root = resolve(import.meta.dirname, '..')
const files = process.argv.slice(2)
if (files.length === 0) {
  console.error('Usage: pnpm spec:check FILE…')
  process.exitCode = 1
}

const known = files.length > 0 ? await knownDocuments(root) : new Map<string, string>()
for (const file of files) {
  console.log(file)
  try {
    const { size } = await stat(file)
    if (size > limits.bytes) throw new Error(`${size} bytes are more than the ${limits.bytes} that a document may have`)
    const { accepted, text } = checkDocument(await readFile(file, 'utf8'), file, known)
    console.log(text)
    if (!accepted) process.exitCode = 1
  } catch (error) {
    console.log(`  refused: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
