import { glob, mkdir, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix, relative } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Symbol } from 'typescript'
import type TypeScript from 'typescript'
import { publishedPackages, repository } from '../../release/packages.ts'
import { inBoth, reason, type Reason, type Rule } from './version-rules.ts'
import { failedChecks, type Check } from './compare-types.ts'

/** The public API of a package. */
export type ApiReport = {
  /** The name of its folder. */
  folder: string
  /** The file of each entry, for instance `operations.ts` of `@apikley/client/operations`. */
  entries: Record<string, string>
  /** The declarations of every file that an entry reaches, without comments. */
  declarations: Record<string, string>
}

/**
 * The API reports of all packages below a root.
 *
 * @param generated files that replace the generated ones on disk
 */
export async function apiReports(
  root: string,
  generated?: ReadonlyMap<string, string>,
): Promise<ApiReport[]> {
  const { default: ts } = await import('typescript')
  const compilerOptions = { removeComments: true, isolatedDeclarations: true }
  const paths = [...(generated?.keys() ?? [])]
  for await (const path of glob('packages/*/src/**/*.{ts,tsx}', { cwd: root })) {
    if (!generated || !path.includes('/generated/')) {
      paths.push(path)
    }
  }
  const declare = async (path: string): Promise<string> => {
    const text = generated?.get(path) ?? (await readFile(join(root, path), 'utf8'))
    const { outputText } = ts.transpileDeclaration(text, { fileName: path, compilerOptions })
    // Private fields make equal classes different, and the prose of descriptors is not promised.
    return outputText.replaceAll(/^\s+(#private|readonly (description|title): ".*");\n/gm, '')
  }
  return Promise.all(
    (await publishedPackages(root)).map(async ({ name, folder: path, manifest }) => {
      const folder = basename(path)
      const source = `packages/${folder}/src/`
      const names = paths
        .filter((each) => each.startsWith(source))
        .map((each) => each.slice(source.length))
        .toSorted()
      const entries = Object.fromEntries(
        Object.entries(manifest.exports ?? {}).flatMap(([key, target]) =>
          entryFiles(name + key.slice(1), JSON.stringify(target), names),
        ),
      )
      const declarations = new Map<string, string>()
      const queue = Object.values(entries)
      for (const file of queue) {
        if (!declarations.has(file) && names.includes(file)) {
          const text = await declare(source + file)
          declarations.set(file, text)
          queue.push(...importsIn(file, text))
        }
      }
      const sorted = [...declarations].toSorted(([a], [b]) => (a < b ? -1 : 1))
      return { folder, entries, declarations: Object.fromEntries(sorted) }
    }),
  )
}

/** The specifiers that one key of `exports` stands for, with their files. */
function entryFiles(specifier: string, target: string, files: string[]): [string, string][] {
  const types = /"\.\/dist\/([^"]+)\.d\.ts"/.exec(target)?.[1]
  const [before = '', after] = types?.split('*') ?? []
  return files.flatMap((file): [string, string][] => {
    const path = file.replace(/^generated\/|\.tsx?$/g, '')
    const isEntry = after === undefined ? path === types : path.startsWith(before)
    return isEntry ? [[specifier.replace('*', path.slice(before.length)), file]] : []
  })
}

const importsIn = (file: string, text: string): string[] =>
  [...text.matchAll(/['"](\.{1,2}\/[^'"]+\.tsx?)['"]/g)].map(([, path]) =>
    posix.join(posix.dirname(file), path ?? ''),
  )

type Export = {
  isValue: boolean
  isType: boolean
  isHandWritten: boolean
  /** `any` for each type parameter without a default: `<any, any>`. */
  typeArguments: string
}

/** An entry of one version. */
type Entry = { file: string; exports: Map<string, Export> }

/**
 * Rates the API of all packages with the compiler: an export has to fit where the export of the
 * last release was used. Both versions are generated from the same document.
 */
export async function compareReports(before: ApiReport[], after: ApiReport[]): Promise<Reason[]> {
  if (isDeepStrictEqual(before, after)) {
    return []
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-api-'))
  const olds = await writeReports(join(folder.path, 'old'), before)
  const news = await writeReports(join(folder.path, 'new'), after)
  const entries = inBoth(olds, news)
  const imports = entries.map(
    ([, from, to], index) =>
      `import type * as Old${index} from '${from.file}'\n` +
      `import type * as New${index} from '${to.file}'`,
  )
  const checks = entries.flatMap(([specifier, from, to], index) =>
    inBoth(from.exports, to.exports).flatMap(([name, old, now]) =>
      checksFor(`${specifier}: ${name}`, `${index}.${name}`, old, now),
    ),
  )
  const found = await failedChecks(folder.path, {}, imports.join('\n'), checks)
  const broken = new Set(
    found.filter(({ bump }) => bump === 'major').map(({ message }) => subjectOf(message)),
  )
  return [
    ...[...olds.keys()]
      .filter((specifier) => !news.has(specifier))
      .map((specifier) => reason('export-removed', `${specifier} is removed`)),
    ...entries.flatMap(([specifier, from, to]) => comparePresence(specifier, from, to)),
    ...found.filter(({ bump, message }) => bump === 'major' || !broken.has(subjectOf(message))),
  ]
}

/** The entry and the name of the export. */
const subjectOf = (message: string): string | undefined => /^.*: \S+/.exec(message)?.[0]

function comparePresence(specifier: string, before: Entry, after: Entry): Reason[] {
  const rated = (rule: Rule, what: string, [name, { isHandWritten }]: [string, Export]): Reason => {
    return { ...reason(rule, `${specifier}: ${name} is ${what}`), isHandWritten }
  }
  const removed = [...before.exports].filter(([name, { isValue }]) => {
    const now = after.exports.get(name)
    return isValue ? now?.isValue !== true : !now
  })
  const added = [...after.exports].filter(([name]) => !before.exports.has(name))
  return [
    ...removed.map((each) => rated('export-removed', 'removed', each)),
    ...added.map((each) => rated('export-added', 'new', each)),
  ]
}

/** Types are checked in both directions; functions that take or return them know the right one. */
function checksFor(subject: string, path: string, from: Export, to: Export): Check[] {
  const rated = (rule: Rule, what: string, codes: string[]): Check[] => {
    const found = { ...reason(rule, `${subject} ${what}`), isHandWritten: to.isHandWritten }
    return codes.map((code) => ({ reason: found, code }))
  }
  const [old, now] = [`typeof Old${path}`, `typeof New${path}`]
  const [oldType, newType] = [`Old${path}${from.typeArguments}`, `New${path}${from.typeArguments}`]
  const values = (fitting: string, target: string): string[] => [
    `fits<${fitting}, ${target}>()`,
    `none<Lost<Arguments<${target}>, Arguments<${fitting}>>>()`,
  ]
  const changed = [`none<Apart<${oldType}, ${newType}>>()`, `none<Lost<${oldType}, ${newType}>>()`]
  const extended = [
    `none<Lost<${newType}, ${oldType}>>()`,
    `fits<${oldType}, ${newType}>()`,
    `fits<${newType}, ${oldType}>()`,
  ]
  const checks = (ofValues: string[], ofTypes: string[]): string[] => [
    ...(from.isValue && to.isValue ? ofValues : []),
    ...(from.isType && to.isType ? ofTypes : []),
  ]
  const misfit = 'does not fit the programs that use it'
  return [
    ...rated('export-changed', misfit, checks(values(now, old), changed)),
    ...rated('export-extended', 'has more than before', checks(values(old, now), extended)),
  ]
}

/**
 * Writes the declarations of one version, in which imports of other packages lead to the same
 * version. Returns its entries by specifier.
 */
async function writeReports(root: string, reports: ApiReport[]): Promise<Map<string, Entry>> {
  const fileOf = (folder: string, file: string): string =>
    join(root, folder, file.replace(/\.tsx?$/, '.d.ts'))
  const files = new Map(
    reports.flatMap(({ folder, entries }) =>
      Object.entries(entries).map(([specifier, file]) => [specifier, fileOf(folder, file)]),
    ),
  )
  for (const { folder, declarations } of reports) {
    for (const [file, text] of Object.entries(declarations)) {
      await mkdir(dirname(fileOf(folder, file)), { recursive: true })
      const linked = text.replaceAll(
        /(?<=['"])@[^'"]+(?=['"])/g,
        (specifier) => files.get(specifier) ?? specifier,
      )
      await writeFile(fileOf(folder, file), linked)
    }
  }
  const exports = await exportsOf(root, [...files.values()])
  // The declarations of other packages are for the checks alone.
  for (const { folder } of reports) {
    const modules = join(repository, 'packages', folder, 'node_modules')
    // A package without an entry has no folder yet.
    await mkdir(join(root, folder), { recursive: true })
    await symlink(modules, join(root, folder, 'node_modules'))
  }
  const toEntry = (file: string): Entry => ({ file, exports: exports.get(file) ?? new Map() })
  return new Map([...files].map(([specifier, file]) => [specifier, toEntry(file)]))
}

/** The exports of each file. Those of other packages are neither values nor types here. */
async function exportsOf(root: string, files: string[]): Promise<Map<string, Map<string, Export>>> {
  const { default: ts } = await import('typescript')
  const options = {
    noLib: true,
    types: [],
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }
  const program = ts.createProgram(files, options)
  const checker = program.getTypeChecker()
  return new Map(
    files.map((file) => {
      const source = program.getSourceFile(file)
      const module = source && checker.getSymbolAtLocation(source)
      const symbols = module ? checker.getExportsOfModule(module) : []
      const exports = symbols.map((symbol): [string, Export] => {
        const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
        const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol
        return [symbol.name, toExport(ts, root, symbol, target)]
      })
      return [file, new Map(exports)]
    }),
  )
}

function toExport(ts: typeof TypeScript, root: string, symbol: Symbol, target: Symbol): Export {
  const { declarations = [], flags } = target
  const isKnown = declarations.length > 0
  const isTypeOnly = symbol.declarations?.some((each) =>
    ts.isTypeOnlyImportOrExportDeclaration(each),
  )
  const path = relative(root, declarations[0]?.getSourceFile().fileName ?? '')
  const declared = declarations.find(
    (each) =>
      ts.isInterfaceDeclaration(each) ||
      ts.isTypeAliasDeclaration(each) ||
      ts.isClassDeclaration(each),
  )
  const needed = declared?.typeParameters?.filter((each) => each.default === undefined) ?? []
  return {
    isValue: isKnown && (flags & ts.SymbolFlags.Value) !== 0 && !isTypeOnly,
    isType: isKnown && (flags & ts.SymbolFlags.Type) !== 0,
    isHandWritten: !/^[^/]+\/generated\//.test(path),
    typeArguments: needed.length > 0 ? `<${needed.map(() => 'any').join(', ')}>` : '',
  }
}
