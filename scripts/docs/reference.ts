import { rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Application, OptionDefaults, type ProjectReflection } from 'typedoc'
import { publishedPackages, repository, type Published } from '../release/packages.ts'

const folder = join(repository, 'docs/reference')

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
  '@apikley/redis': ['IoRedisSubscriber', 'NodeRedis', 'NodeRedisSubscriber', 'Pipeline'],
  '@apikley/simulator': ['Defined', 'InferredObject', 'JsonObject'],
  '@apikley/types': ['AllModels', 'FileOr'],
}
const options = {
  name: 'Apikley for TypeScript',
  readme: 'none',
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: folder }],
  router: 'module',
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useHTMLAnchors: true,
  tsconfig: join(repository, 'scripts/tsconfig.docs.json'),
  basePath: repository,
  // Links to source lines would need a pushed commit.
  disableSources: true,
  // openapi-typescript writes the last two.
  blockTags: [...OptionDefaults.blockTags, '@constant' as const, '@description' as const],
  excludeInternal: true,
  excludePrivate: true,
  logLevel: 'Warn' as const,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
}

export interface Reference {
  readonly project: ProjectReflection
  readonly entries: number
  /** Warnings count too, for example for a public type that is not exported, or a broken link. */
  readonly problems: number
}

/** Writes the API reference of all packages as Markdown. */
export async function writeReference(): Promise<Reference> {
  const packages = await publishedPackages()
  /** The name that a program imports, by the path of the source. */
  const entries = new Map(packages.flatMap(entrySources))
  await rm(folder, { recursive: true, force: true })
  const app = await Application.bootstrapWithPlugins({
    ...options,
    entryPoints: [...entries.keys()].map((path) => join(repository, path)),
  })
  const project = await app.convert()
  if (!project) {
    throw new Error('The API reference cannot be read: the sources have type errors.')
  }
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
  await app.generateOutputs(project)
  const sidebar = [...entries.values()].map((text) => ({ text, link: `/reference/${text}` }))
  const file = join(repository, 'docs/generated/reference.json')
  await writeFile(file, JSON.stringify(sidebar, null, 2))
  const problems = app.logger.errorCount + app.logger.warningCount
  return { project, entries: entries.size, problems }
}

/** The source of each entry: `src/a.ts` for `./a`. The models have pages of their own. */
function entrySources(published: Published): [source: string, name: string][] {
  const { folder: root, name, manifest } = published
  // A string names a data file.
  return Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
    if (typeof target === 'string' || entry.includes('*')) {
      return []
    }
    const source = entry === '.' ? 'src/index.ts' : join('src', `${entry}.ts`)
    const imported = entry === '.' ? name : join(name, entry)
    return [[relative(repository, join(root, source)), imported]]
  })
}
