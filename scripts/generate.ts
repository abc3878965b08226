// `pnpm generate [--check] [--root DIR]`: specs/ -> the compiled document -> all generated code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SpecError } from './compile/json.ts'
import { redocly } from './compile/overlays.ts'
import { differences, generate, write } from './generate/generate.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, root: { type: 'string' } } })
const root = resolve(values.root ?? `${import.meta.dirname}/..`)

try {
  const files = await generate(root)
  await lint(files.get('specs/openapi.yaml') ?? '')
  const changes = await differences(root, files)
  for (const { is, path } of changes) console.log(`${is.padEnd(7)} ${path}`)
  if (values.check && changes.length > 0)
    throw new SpecError('The generated files are not what the specs produce. Run `pnpm generate` and commit the result.')
  await write(root, files, changes)
  const changed =
    changes.length > 0 ? `${changes.length} of ${files.size} generated files changed.` : `${files.size} generated files are up to date.`
  console.log(changed)
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

/** Before anything is written: a document that the linter rejects goes nowhere. */
async function lint(yaml: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-lint-'))
  try {
    await writeFile(join(folder, 'openapi.yaml'), yaml)
    const config = resolve(import.meta.dirname, 'redocly.yaml')
    const said = await redocly(['lint', 'openapi.yaml', '--config', config, '--format', 'stylish'], folder)
    if (said.trim()) console.log(said.trim())
  } finally {
    await rm(folder, { recursive: true })
  }
}
