// `pnpm generate [--check] [--root DIR]`: specs/ -> the compiled document -> all generated code.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SpecError } from './compile/json.ts'
import { redocly } from './compile/overlays.ts'
import { differences, generate, write } from './generate/generate.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, root: { type: 'string' } } })
const root = resolve(values.root ?? `${import.meta.dirname}/..`)

try {
  const files = await generate(root)
  const changes = await differences(root, files)
  for (const { is, path } of changes) console.log(`${is.padEnd(7)} ${path}`)
  if (values.check && changes.length > 0) {
    console.error('The generated files are not what the specs produce. Run `pnpm generate` and commit the result.')
    process.exitCode = 1
  } else {
    await write(root, files, changes)
    await redocly(['lint', 'specs/openapi.yaml', '--config', resolve(import.meta.dirname, 'redocly.yaml')], root)
    console.log(
      changes.length > 0 ? `${changes.length} of ${files.size} generated files changed.` : `${files.size} generated files are up to date.`,
    )
  }
} catch (error) {
  if (!(error instanceof SpecError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
