import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { repository } from '../release/packages.ts'
import { run, RunError } from '../run.ts'

/**
 * A copy of specs and packages in which a change can be tried out. The dependencies are those of
 * this repository.
 */
export type Scratch = {
  root: string
  /** Compiles all packages with their tests. Returns the errors of the compiler. */
  typecheck: () => Promise<string[]>
  /** Runs the contract tests of the client until one fails, and returns the report in TAP. */
  contract: () => Promise<string>
  remove: () => Promise<void>
}

const NOT_COPIED = new Set(['dist', 'reports', '.turbo'])

export async function createScratch(): Promise<Scratch> {
  const root = await mkdtemp(join(tmpdir(), 'apikley-scratch-'))
  for (const path of ['specs', 'tsconfig.base.json', 'packages']) {
    await cp(join(repository, path), join(root, path), {
      recursive: true,
      // The links inside node_modules are relative, and so lead to the packages of the copy.
      verbatimSymlinks: true,
      filter: (source) => !NOT_COPIED.has(basename(source)),
    })
  }
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(tsconfig))
  await writeFile(join(root, 'vitest.config.mjs'), vitestConfig)
  return {
    root,
    typecheck: async () => {
      const tsc = join(repository, 'node_modules/typescript/bin/tsc')
      const output = await outputOf(root, [tsc, '--noEmit', '--pretty', 'false'])
      return output.split('\n').filter((line) => line.includes('error TS'))
    },
    contract: () => {
      const vitest = join(repository, 'packages/client/node_modules/vitest/vitest.mjs')
      const files = ['test/contract/contract.test.ts', 'test/callback.test.ts']
      return outputOf(root, [vitest, 'run', '--bail', '1', '--reporter', 'tap-flat', ...files])
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** The output of a program of Node, which may fail. */
async function outputOf(root: string, args: string[]): Promise<string> {
  const env = { APIKLEY_DOCUMENT: join(root, 'specs/openapi.yaml'), ALL_MODELS: '1' }
  return run(process.execPath, args, { cwd: root, env }).catch((error: unknown) =>
    error instanceof RunError ? error.output : Promise.reject(error),
  )
}

/** The client's tests alone, because a scratch copy lacks the roots of other projects. */
const vitestConfig = `export default {
  root: import.meta.dirname + '/packages/client',
  resolve: { alias: { '#disk': import.meta.dirname + '/packages/client/src/files/disk.ts' } },
  test: {
    globalSetup: [import.meta.dirname + '/packages/test-kit/src/prism-setup.ts'],
    testTimeout: 20_000,
  },
}
`

/** From source to source: nothing has to be built before the compiler sees a change. */
const tsconfig = {
  extends: './tsconfig.base.json',
  compilerOptions: {
    allowImportingTsExtensions: true,
    isolatedDeclarations: false,
    noEmit: true,
    jsx: 'react-jsx',
    typeRoots: ['./packages/client/node_modules/@types', './packages/react/node_modules/@types'],
    types: ['node'],
    paths: {
      '#disk': ['./packages/client/src/files/disk.ts'],
      '#file-type': ['./packages/client/src/files/no-file-type.ts'],
      '@apikley/types/models': ['./packages/types/src/models.ts'],
      '@apikley/types/models/*': ['./packages/types/src/generated/models/*.ts'],
      '@apikley/client/store-contract': ['./packages/client/src/store-contract.ts'],
      '@apikley/client/operations': ['./packages/client/src/operations.ts'],
      '@apikley/*': ['./packages/*/src/index.ts'],
    },
  },
  include: ['packages/*/src', 'packages/*/test'],
}
