// `pnpm run docs [--out FOLDER]`: writes the API reference of all packages. A warning is an error,
// for example a public type that is not exported or a broken link.
import { glob } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Application, OptionDefaults } from 'typedoc'
import { publishedPackages, repository, type Published } from './release/packages.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'docs' } } })
const out = resolve(repository, values.out)
/** Types behind the public ones that a reader does not need. */
const intentionallyNotExported: Record<string, string[]> = {
  '@apikley/client': [
    'ApiPaths',
    'CreateDeprecatedTask',
    'CreateModelTask',
    'KnownState',
    'Results',
    'RunDeprecatedModel',
    'RunModel',
    'Transport',
  ],
  '@apikley/react': ['UseRunOfDeprecated', 'UseRunOfModel'],
  '@apikley/simulator': ['Defined', 'InferredObject', 'JsonObject'],
  '@apikley/types': ['Entry', 'FileOr', 'Place', 'Answer', 'fields'],
}
const packages = await publishedPackages()
/** The name that a program imports, by the path of the source. */
const entries = new Map((await Promise.all(packages.map(entrySources))).flat())

const app = await Application.bootstrapWithPlugins({
  name: 'Apikley for TypeScript',
  readme: 'none',
  entryPoints: [...entries.keys()].map((path) => join(repository, path)),
  tsconfig: join(repository, 'scripts/tsconfig.docs.json'),
  basePath: repository,
  // Links to source lines would need a pushed commit.
  disableSources: true,
  // openapi-typescript writes the last two.
  blockTags: [...OptionDefaults.blockTags, '@constant', '@description'],
  excludeInternal: true,
  excludePrivate: true,
  logLevel: 'Warn',
  validation: { notExported: true, invalidLink: true, notDocumented: false },
})
const project = await app.convert()
if (project) {
  for (const module of project.children ?? []) {
    const { name } = module
    module.name = entries.get(`${name}.ts`) ?? entries.get(`${name}/index.ts`) ?? name
  }
  for (const { name } of packages) {
    // TypeDoc validates the types of one package at a time.
    project.packageName = name
    app.options.setValue('intentionallyNotExported', intentionallyNotExported[name] ?? [])
    app.validate(project)
  }
  await app.generateDocs(project, out)
}
const problems = app.logger.errorCount + app.logger.warningCount
if (project && problems === 0) {
  console.log(`${entries.size} entries of ${packages.length} packages, in ${out}`)
} else {
  console.error(`The API reference has ${problems} problems.`)
  process.exitCode = 1
}

/** The source of each entry: `src/a.ts` for `./a`, all generated files for a pattern. */
async function entrySources(published: Published): Promise<[source: string, name: string][]> {
  const { folder, name, manifest } = published
  const sources: [string, string][] = []
  for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
    const isPattern = entry.includes('*')
    const base = join(folder, isPattern ? 'src/generated' : 'src')
    const path = entry === '.' ? 'index.ts' : entry.replace('*', '**/*').concat('.ts')
    // A string names a data file.
    for await (const file of typeof target === 'string' ? [] : glob(path, { cwd: base })) {
      const imported = entry === '.' ? name : `${name}/${file.slice(0, -'.ts'.length)}`
      sources.push([relative(repository, join(base, file)), imported])
    }
  }
  return sources
}
