import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { operations } from '../../../packages/client/src/generated/operation-table.ts'
import { models } from '../../../packages/types/src/generated/models.ts'
import { repository } from '../../release/packages.ts'
import { compile } from './application.ts'

type Limit = { name: string; limit: number; perModel?: number; perOperation?: number }
type Bundle = Limit & { from: string; import: string; beyond?: string }
type Budgets = {
  models: number
  operations: number
  bundles: Bundle[]
  types: (Limit & { program: string })[]
}

const { folder } = inject('application')
const budgets: Budgets = parse(await readFile(join(repository, 'budgets.yaml'), 'utf8'))

const newModels = Math.max(0, models.length - budgets.models)
const newOperations = Math.max(0, Object.keys(operations).length - budgets.operations)

/** The limits for the models and operations of today. */
const scaled = <Each extends Limit>(limits: Each[]): Each[] =>
  limits.map((each) => {
    const growth = newModels * (each.perModel ?? 0) + newOperations * (each.perOperation ?? 0)
    return { ...each, limit: Number((each.limit + growth).toFixed(2)) }
  })

test.each(scaled(budgets.bundles))(
  '$name adds at most $limit kB to a bundle',
  async ({ name, limit, beyond, ...bundle }) => {
    const base = budgets.bundles.filter((each) => each.name === beyond)
    expect(base).toHaveLength(beyond === undefined ? 0 : 1)
    const size = (await bundled([...base, bundle])) - (base.length > 0 ? await bundled(base) : 0)
    console.log(`${name}: ${size.toFixed(2)} kB of ${limit}`)
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThanOrEqual(limit)
  },
)

test.each(scaled(budgets.types))(
  '$name costs the compiler at most $limit instantiations',
  async ({ name, program, limit }) => {
    const count = await instantiations(program)
    console.log(`${name}: ${count} instantiations of ${limit}`)
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThanOrEqual(limit)
  },
)

/** The kB of one file with these imports, minified and gzipped, without React and TanStack Query. */
async function bundled(imports: Pick<Bundle, 'from' | 'import'>[]): Promise<number> {
  const lines = imports.map(
    ({ from, import: names }) =>
      `import ${names} from '${from}'\nconsole.log(${names.replace('* as ', '')})\n`,
  )
  const { outputFiles } = await build({
    stdin: { contents: lines.join(''), resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    external: ['react', 'react/jsx-runtime', '@tanstack/react-query'],
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1000
}

async function instantiations(program: string): Promise<number> {
  const lib = ['ES2022', 'DOM']
  const output = await compile(folder, { 'program.ts': program }, { lib }, '--extendedDiagnostics')
  return Number(/Instantiations:\s+(\d+)/.exec(output)?.[1])
}
