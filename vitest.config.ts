import { join } from 'node:path'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

const at = (path: string): string => join(import.meta.dirname, path)

/**
 * One project per kind of test. Run one with `pnpm vitest --project client`.
 *
 * - no suffix: quick tests, part of `pnpm test`
 * - `:browser`: tests in Chromium, `pnpm test:browser`
 * - `:deep`: long tests and tests of the packed packages, `pnpm test:deep`
 */
function project(
  name: string,
  root: string,
  test: TestProjectInlineConfiguration['test'],
  alias: Record<string, string> = {},
): TestProjectInlineConfiguration {
  return {
    root: at(root),
    resolve: { alias },
    test: { name, testTimeout: 20_000, hookTimeout: 60_000, isolate: false, ...test },
  }
}

const client = 'packages/client'
const disk = { '#disk': at('packages/client/src/files/disk.ts') }
const packed = at('scripts/test/packages/setup.ts')
// The server's tests run its source, through the shared world too.
const source = { '@apikley/server': at('packages/server/src/index.ts') }
const prism = at('packages/test-kit/src/prism-setup.ts')
const simulator = at('packages/client/test/contract/simulator-setup.ts')
const contract = { include: ['test/contract/contract.test.ts'] }
const allModels = { env: { ALL_MODELS: '1' } }
const oldest = at('packages/react/test/oldest/node_modules')
const browser = { testTimeout: 60_000, isolate: true }
const deep = { testTimeout: 600_000, isolate: true }

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      project('types', 'packages/types', { include: ['test/**/*.test.ts'] }),
      project(
        'client',
        client,
        {
          include: ['test/**/*.test.ts'],
          exclude: ['test/{deep,browser}/**'],
          globalSetup: [at('packages/client/test/contract/prism-setup.ts')],
        },
        disk,
      ),
      project('client-simulator', client, { ...contract, globalSetup: [simulator] }, disk),
      // The contract tests of all models. The quick ones run a few models.
      project(
        'client-contract:deep',
        client,
        { ...deep, ...contract, ...allModels, globalSetup: [prism] },
        disk,
      ),
      project(
        'client-simulator:deep',
        client,
        { ...deep, ...contract, ...allModels, globalSetup: [simulator] },
        disk,
      ),
      project('client:deep', client, { ...deep, include: ['test/deep/**/*.test.ts'] }, disk),
      project('client:browser', client, { ...browser, include: ['test/browser/*.test.ts'] }),
      project('react', 'packages/react', {
        include: ['test/*.test.tsx'],
        setupFiles: [at('packages/react/test/dom.ts')],
      }),
      // The oldest React and TanStack Query that the hooks support.
      project(
        'react:deep',
        'packages/react',
        {
          include: ['test/*.test.tsx'],
          setupFiles: [
            at('packages/react/test/dom.ts'),
            at('packages/react/test/oldest/versions.ts'),
          ],
        },
        Object.fromEntries(
          ['@tanstack/react-query', '@testing-library/react', 'react-dom', 'react'].map((name) => [
            name,
            join(oldest, name),
          ]),
        ),
      ),
      project('react-page:deep', 'packages/react', { ...deep, include: ['test/deep/*.test.ts'] }),
      project('react:browser', 'packages/react', {
        ...browser,
        include: ['test/browser/*.test.ts'],
      }),
      project('server', 'packages/server', { include: ['test/*.test.ts'] }, source),
      project(
        'server:deep',
        'packages/server',
        { ...deep, include: ['test/deep/**/*.test.ts'] },
        source,
      ),
      project('server:browser', 'packages/server', {
        ...browser,
        include: ['test/browser/*.test.ts'],
      }),
      project('redis', 'packages/redis', { include: ['test/*.test.ts'] }),
      project('redis:deep', 'packages/redis', {
        ...deep,
        include: ['test/store.test.ts', 'test/deep/*.test.ts'],
        env: { REDIS_CLUSTER: '1' },
        fileParallelism: false,
      }),
      // Each test has a machine of its own, and most of it is waiting.
      project(
        'cli',
        'packages/cli',
        { include: ['test/*.test.ts'], sequence: { concurrent: true } },
        disk,
      ),
      project('cli:deep', 'packages/cli', { ...deep, include: ['test/deep/*.test.ts'] }, disk),
      project('simulator', 'packages/simulator', { include: ['test/**/*.test.ts'] }),
      project('scripts', 'scripts', {
        include: ['test/*.test.ts', 'test/spec/*.test.ts'],
        testTimeout: 60_000,
      }),
      project('scripts:matrix', 'scripts', {
        ...deep,
        include: ['test/matrix/*.test.ts'],
        maxConcurrency: 2,
      }),
      // The steps of the workflows from clean clones, with a stand-in for GitHub.
      project('scripts:workflows', 'scripts', {
        ...deep,
        include: ['test/workflows/{steps,release}.test.ts'],
        testTimeout: 3_600_000,
        fileParallelism: false,
      }),
      project('scripts:deep', 'scripts', {
        ...deep,
        include: [
          'test/{packages,deep,spec/deep}/*.test.ts',
          'test/workflows/pull-request.test.ts',
        ],
        globalSetup: [packed],
      }),
      project('demo:deep', 'examples/demo', { ...deep, include: ['*.test.ts'] }),
      project('fleet:deep', 'examples/fleet', { ...deep, include: ['*.test.ts'] }),
      project('open-telemetry:deep', 'examples/open-telemetry', {
        ...deep,
        include: ['*.test.ts'],
      }),
      project('docs:browser', 'docs', {
        ...browser,
        testTimeout: 120_000,
        include: ['test/*.test.ts'],
      }),
      project('playground:browser', 'examples/playground', {
        ...browser,
        include: ['test/**/*.test.ts'],
        globalSetup: [at('examples/playground/test/build-once.ts')],
        env: { NODE_ENV: 'production' },
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
    ],
  },
})
