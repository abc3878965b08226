import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'

export const repository = resolve(import.meta.dirname, '..')

/**
 * A copy of specs and packages in which a change can be tried out. The dependencies are those of
 * this repository.
 */
export type Scratch = {
  root: string
  /**
   * Compiles all packages with their tests; what the compiler says, a line each, nothing when it is
   * content.
   */
  typecheck: () => Promise<string[]>
  /**
   * Runs contract tests of the client against a document until one fails.
   *
   * @throws when they could not be run at all: that a test failed has to be said by the test
   */
  contract: (document: string) => Promise<{ failed: string | undefined; output: string }>
  remove: () => Promise<void>
}

const copied = [
  'specs',
  'tsconfig.base.json',
  'packages/types',
  'packages/simulator',
  'packages/client',
  'packages/react',
  'packages/server',
  'packages/test-kit',
]
const left = new Set(['dist', 'reports', '.turbo'])

export async function createScratch(): Promise<Scratch> {
  const root = await mkdtemp(join(tmpdir(), 'apikley-scratch-'))
  await mkdir(join(root, 'packages'))
  for (const path of copied) {
    await cp(join(repository, path), join(root, path), {
      recursive: true,
      // The links inside node_modules are relative, and so lead to the packages of the copy.
      verbatimSymlinks: true,
      filter: (source) => !left.has(relative(repository, source).split('/').at(-1) ?? ''),
    })
  }
  for (const path of ['node_modules', 'scripts']) {
    await symlink(join(repository, path), join(root, path))
  }
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify(tsconfig))
  await writeFile(join(root, 'vitest.config.mjs'), vitestConfig)
  return {
    root,
    typecheck: async () => {
      const tsc = join(repository, 'node_modules/typescript/bin/tsc')
      const { passed, output } = await run(
        [tsc, '--noEmit', '--pretty', 'false', '-p', 'tsconfig.json'],
        root,
      )
      const complaints = output.split('\n').filter((line) => line.includes('error TS'))
      if (!passed && complaints.length === 0) {
        throw new Error(`The compiler failed without a complaint:\n${output}`)
      }
      return complaints
    },
    contract: async (document) => {
      const vitest = join(repository, 'packages/client/node_modules/vitest/vitest.mjs')
      const options = ['run', '--bail', '1', '--reporter', 'tap-flat']
      const { passed, output } = await run(
        [vitest, ...options, 'test/contract/contract.test.ts', 'test/callback.test.ts'],
        root,
        { APIKLEY_DOCUMENT: document },
      )
      // A test that ran has a time; those behind the first failure did not run.
      const failed = /^not ok .* # time=.*$/m.exec(output)?.[0]
      if (!passed && failed === undefined) {
        throw new Error(`The contract tests could not be run:\n${output}`)
      }
      return { failed, output }
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
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
      '@apikley/types': ['./packages/types/src/index.ts'],
      '@apikley/types/models/*': ['./packages/types/src/generated/models/*.ts'],
      '@apikley/simulator': ['./packages/simulator/src/index.ts'],
      '@apikley/client': ['./packages/client/src/index.ts'],
      '@apikley/client/operations': ['./packages/client/src/operations.ts'],
      '@apikley/server': ['./packages/server/src/index.ts'],
    },
  },
  include: ['packages/*/src', 'packages/*/test'],
}

async function run(
  args: string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<{ passed: boolean; output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
      maxBuffer: 64 * 2 ** 20,
      timeout: 120_000,
    })
    return { passed: true, output: stdout + stderr }
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${error.stdout}${error.stderr}`
        : String(error)
    return { passed: false, output }
  }
}
