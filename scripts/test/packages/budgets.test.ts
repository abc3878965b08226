import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBudgets } from '../../packages/budgets.ts'
import { createApplication } from '../../packages/pack.ts'
import { bundleForPage, gzipped } from '../../packages/page.ts'
import { repository } from '../../scratch.ts'

const application = await createApplication()
const budgets = await readBudgets()
/** What an application has anyway. */
const peers = ['react', 'react/jsx-runtime', '@tanstack/react-query']
afterAll(() => application.remove())

describe('what an application bundles', () => {
  let sizes: Map<string, number>
  beforeAll(async () => {
    sizes = await measure()
  })

  test.each(budgets.bundles)('$name: at most $limit kB', ({ name, limit }) => {
    const size = (sizes.get(name) ?? Number.NaN) / 1000
    console.log(`${name}: ${size.toFixed(2)} kB of ${limit}`)
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThanOrEqual(limit)
  })

  const pages = budgets.bundles.flatMap(({ first, ...bundle }) =>
    first === undefined ? [] : [{ ...bundle, first }],
  )
  test.each(pages)(
    '$name: at most $first kB of it before it is used',
    async ({ name, first, from, import: names }) => {
      const code = `import ${names} from '${from}'\nconsole.log(${names})`
      const { atOnce, onDemand } = await bundleForPage(code, application.folder, true, peers)
      const size = gzipped(atOnce) / 1000
      console.log(
        `${name}: ${size.toFixed(2)} kB of ${first} at once, ${(gzipped(onDemand) / 1000).toFixed(2)} kB when it is used`,
      )
      expect(size).toBeLessThanOrEqual(first)
      expect(onDemand.length).toBeGreaterThan(0)
    },
  )

  test('is measured for each entry that has code', () => {
    const measured = budgets.bundles.map(({ from }) => from)
    // A package with a command runs where size does not matter; a file is data; the root of the
    // types has no code.
    const entries = application.packages
      .filter(({ manifest }) => manifest.bin === undefined)
      .flatMap(({ name, manifest }) =>
        Object.entries(manifest.exports ?? {})
          .filter(
            ([entry, target]) =>
              typeof target !== 'string' && !(name === '@apikley/types' && entry === '.'),
          )
          .map(([entry]) => `${name}${entry.slice(1)}`),
      )
    const missing = entries.filter(
      (entry) => !measured.some((from) => from.startsWith(entry.split('*')[0] ?? entry)),
    )
    expect(missing, 'budgets.yaml has no limit for these').toEqual([])
  })
})

describe('what a program costs the compiler', () => {
  test.each(budgets.types)(
    '$name: at most $limit instantiations',
    async ({ name, program, limit }) => {
      const count = await instantiations(program)
      console.log(`${name}: ${count} instantiations of ${limit}`)
      expect(count).toBeGreaterThan(0)
      expect(count).toBeLessThanOrEqual(limit)
    },
  )
})

/**
 * size-limit's measure of each bundle, in bytes. It looks for its plugins and its checks in the
 * folder that it runs in.
 */
async function measure(): Promise<Map<string, number>> {
  const cwd = await mkdtemp(join(application.folder, 'bundles-'))
  // What is beyond another bundle is what that grows by: both together, less that one alone, built
  // in the same way.
  const parts = budgets.bundles.flatMap((bundle) => {
    const { beyond } = bundle
    if (beyond === undefined) {
      return [{ name: bundle.name, of: [bundle] }]
    }
    const base = budgets.bundles.find(({ name }) => name === beyond)
    if (!base) {
      throw new Error(`budgets.yaml has no bundle that is called ${beyond}`)
    }
    return [
      { name: bundle.name, of: [base, bundle] },
      { name: `less than ${bundle.name}`, of: [base], built: bundle },
    ]
  })
  const checks = parts.map(({ name, of, built = of.at(-1) }, index) => ({
    name,
    path: `${index}.js`,
    gzip: true,
    ignore: peers,
    // What may not be built for a page is measured as a Worker bundles it.
    forWorkers: built?.from === '@apikley/server',
  }))
  for (const [index, { of }] of parts.entries()) {
    const lines = of.map(
      ({ from, import: names }) =>
        `import ${names} from '${from}'\nconsole.log(${names.replace('* as ', '')})\n`,
    )
    await writeFile(join(cwd, `${index}.js`), lines.join(''))
  }
  const manifest = {
    private: true,
    devDependencies: { '@size-limit/esbuild': '*', '@size-limit/file': '*' },
  }
  await writeFile(join(cwd, 'package.json'), JSON.stringify(manifest))
  await writeFile(
    join(cwd, '.size-limit.cjs'),
    `module.exports = ${JSON.stringify(checks)}.map(({ forWorkers, ...check }) =>
  forWorkers ? { ...check, modifyEsbuildConfig: (config) => ({ ...config, conditions: ['workerd'] }) } : check)`,
  )
  const sizeLimit = join(import.meta.dirname, '../../node_modules/size-limit/bin.js')
  const { stdout } = await promisify(execFile)(process.execPath, [sizeLimit, '--json'], {
    cwd,
    timeout: 50_000,
  })
  const results: { name: string; size: number }[] = JSON.parse(stdout)
  const sizes = new Map(results.map(({ name, size }) => [name, size]))
  return new Map(
    budgets.bundles.map(({ name }) => [
      name,
      (sizes.get(name) ?? Number.NaN) - (sizes.get(`less than ${name}`) ?? 0),
    ]),
  )
}

async function instantiations(program: string): Promise<number> {
  const folder = await mkdtemp(join(application.folder, 'types-'))
  await writeFile(join(folder, 'program.ts'), program)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    module: 'nodenext',
    types: [],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = join(repository, 'node_modules/typescript/bin/tsc')
  const { stdout } = await promisify(execFile)(process.execPath, [
    tsc,
    '--extendedDiagnostics',
    '--pretty',
    'false',
    '-p',
    folder,
  ])
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1])
}
