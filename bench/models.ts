// `pnpm bench models`: the cost of 1,000 models for the generator, and for the compiler of a
// program that calls one of them.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { generate, write } from '../scripts/spec/generate/generate.ts'
import { print } from './print.ts'

const MODELS = 1000
const repository = resolve(import.meta.dirname, '..')
const run = promisify(execFile)
const empty = `import { createApikley } from '@apikley/client'\nexport const apikley = createApikley()\n`
const call = `${empty}export const run = apikley.run('many/model-7', { prompt: 'a cat' })\n`

const root = await mkdtemp(join(tmpdir(), 'apikley-models-'))
try {
  for (const path of ['specs', 'packages/types/src', 'packages/client/src', 'packages/react/src']) {
    await cp(join(repository, path), join(root, path), { recursive: true })
  }
  for (const path of ['packages/types/node_modules', 'packages/client/node_modules']) {
    await symlink(join(repository, path), join(root, path))
  }
  const fixture = join(repository, 'scripts/test/fixtures/painter.yaml')
  const document = await readFile(fixture, 'utf8')
  for (let index = 0; index < MODELS; index++) {
    await writeFile(
      join(root, `specs/upstream/model-${index}.yaml`),
      document.replaceAll('atelier/painter-2.5', `many/model-${index}`),
    )
  }
  const started = performance.now()
  await write(root, (await generate(root)).files)
  print(`compile and generate ${MODELS} models`, (performance.now() - started) / 1000, 's')
  const calling = await instantiations(call)
  print('instantiations for a call of one model', calling - (await instantiations(empty)), '', 400)
} finally {
  await rm(root, { recursive: true })
}

async function instantiations(program: string): Promise<number> {
  await writeFile(join(root, 'program.ts'), program)
  const compilerOptions = {
    noEmit: true,
    allowImportingTsExtensions: true,
    isolatedDeclarations: false,
    paths: {
      '#disk': ['./packages/client/src/files/disk.ts'],
      '#file-type': ['./packages/client/src/files/no-file-type.ts'],
      '@apikley/types': ['./packages/types/src/index.ts'],
      '@apikley/client': ['./packages/client/src/index.ts'],
    },
    typeRoots: [join(import.meta.dirname, 'node_modules/@types')],
    types: ['node'],
  }
  const config = {
    extends: join(repository, 'tsconfig.base.json'),
    compilerOptions,
    files: ['program.ts'],
  }
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [tsc, '--extendedDiagnostics', '-p', root])
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1])
}
