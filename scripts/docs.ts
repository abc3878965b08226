// `pnpm run docs [--out FOLDER]`: the API reference of all packages, from their docstrings. A
// warning is an error: a type that is public and not exported, a link that leads nowhere.
import { glob } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Application, OptionDefaults } from 'typedoc'
import { publishedPackages, type Published } from './packages/manifest.ts'
import { repository } from './scratch.ts'

const { values } = parseArgs({ options: { out: { type: 'string', default: 'docs' } } })
const out = resolve(repository, values.out)
/** Steps on the way to a public type, which a reader does not need. */
const internal: Record<string, string[]> = {
  '@apikley/client': ['KnownState', 'Transport'],
  '@apikley/simulator': ['Defined', 'InferredObject', 'JsonObject'],
  '@apikley/types': ['Answer', 'Place', 'WithFiles', 'fields'],
}
const packages = await publishedPackages()
const entries = new Map((await Promise.all(packages.map(sourcesOfEntries))).flat())
const entryPoints = [...entries.keys()].map((path) => join(repository, path))

const app = await Application.bootstrapWithPlugins({
  name: 'Apikley for TypeScript',
  readme: 'none',
  entryPoints,
  tsconfig: join(repository, 'scripts/tsconfig.docs.json'),
  basePath: repository,
  // Every package names the same address; what a line of source is on it is not known before it is
  // pushed.
  disableSources: true,
  // What openapi-typescript writes.
  blockTags: [...OptionDefaults.blockTags, '@constant', '@description'],
  excludeInternal: true,
  excludePrivate: true,
  logLevel: 'Warn',
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
})
const project = await app.convert()
if (project) {
  // Under the name that a program imports.
  for (const module of project.children ?? []) {
    module.name =
      entries.get(`${module.name}.ts`) ?? entries.get(`${module.name}/index.ts`) ?? module.name
  }
  for (const name of packages.map(({ name }) => name)) {
    // It looks at the types of one package at a time.
    project.packageName = name
    app.options.setValue('intentionallyNotExported', internal[name] ?? [])
    app.validate(project)
  }
  await app.generateDocs(project, out)
}
const problems = app.logger.errorCount + app.logger.warningCount
if (project && problems === 0) {
  console.log(`${entryPoints.length} entries of ${packages.length} packages, in ${out}`)
} else {
  console.error(`The API reference has ${problems} problems.`)
  process.exitCode = 1
}

/**
 * The source of each entry that has types, and its name: `./a` is `src/a.ts`, and a pattern is the
 * generated files that it opens.
 */
async function sourcesOfEntries({
  folder,
  name,
  manifest,
}: Published): Promise<[source: string, name: string][]> {
  const sources = Object.entries(manifest.exports ?? {})
    .filter(([, target]) => typeof target !== 'string')
    .map(async ([entry]): Promise<[string, string][]> => {
      if (entry === '.') {
        return [[join(folder, 'src/index.ts'), name]]
      }
      if (!entry.includes('*')) {
        return [[join(folder, 'src', `${entry}.ts`), `${name}${entry.slice(1)}`]]
      }
      const generated = join(folder, 'src/generated')
      const files: string[] = []
      for await (const file of glob(join(generated, entry.replace('*', '**/*.ts')))) {
        files.push(file)
      }
      return files.map((file) => [
        file,
        `${name}/${relative(generated, file).slice(0, -'.ts'.length)}`,
      ])
    })
  return (await Promise.all(sources))
    .flat()
    .map(([source, name]) => [relative(repository, source), name])
}
