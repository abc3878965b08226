// `pnpm generate [--check] [--root DIR]`: specs/ -> the compiled document -> all generated code.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './cli.ts'
import { SpecError } from '../compile/json.ts'
import { differences, generate, write } from '../generate/generate.ts'
import { lint } from '../generate/lint.ts'

await run('Usage: pnpm generate [--check] [--root DIR]', async () => {
  const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, root: { type: 'string' } },
  })
  const root = resolve(values.root ?? `${import.meta.dirname}/../../..`)
  const files = await generate(root)
  const warnings = await lint(files.get('specs/openapi.yaml') ?? '')
  if (warnings) {
    console.log(warnings)
  }
  const changes = await differences(root, files)
  for (const { is, path } of changes) {
    console.log(`${is.padEnd(7)} ${path}`)
  }
  if (values.check && changes.length > 0) {
    throw new SpecError(
      'The generated files are not what the specs produce. Run `pnpm generate` and commit the result.',
    )
  }
  await write(root, files, changes)
  const changed =
    changes.length > 0
      ? `${changes.length} of ${files.size} generated files changed.`
      : `${files.size} generated files are up to date.`
  console.log(changed)
})
