import { glob, readFile } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { publishedPackages } from '../../release/packages.ts'

/** The public API of a package. */
export type ApiReport = {
  /** The name of its folder. */
  folder: string
  /** The file of each entry, for instance `operations.ts` of `@apikley/client/operations`. */
  entries: Map<string, string>
  /** The declarations of every file that an entry reaches, without comments. */
  declarations: Map<string, string>
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
      const files = paths.filter((each) => each.startsWith(source)).toSorted()
      const names = files.map((file) => file.slice(source.length))
      const entries = new Map(
        Object.entries(manifest.exports ?? {}).flatMap(([key, target]) =>
          entryFiles(name + key.slice(1), JSON.stringify(target), names),
        ),
      )
      const declarations = new Map<string, string>()
      const queue = [...entries.values()]
      for (const file of queue) {
        if (!declarations.has(file) && files.includes(source + file)) {
          const text = await declare(source + file)
          declarations.set(file, text)
          queue.push(...importsIn(file, text))
        }
      }
      return { folder, entries, declarations }
    }),
  )
}

/** The entries that one key of `exports` stands for, with their files. */
function entryFiles(
  specifier: string,
  target: string,
  files: string[],
): [specifier: string, file: string][] {
  const types = /"\.\/dist\/([^"]+)\.d\.ts"/.exec(target)?.[1]
  const [before = '', after] = types?.split('*') ?? []
  return files.flatMap((file): [string, string][] => {
    const path = file.replace(/^generated\/|\.tsx?$/g, '')
    const isEntry = after === undefined ? path === types : path.startsWith(before)
    return isEntry ? [[specifier.replace('*', path.slice(before.length)), file]] : []
  })
}

export const importsIn = (file: string, text: string): string[] =>
  [...text.matchAll(/['"](\.{1,2}\/[^'"]+\.tsx?)['"]/g)].map(([, path]) =>
    posix.join(posix.dirname(file), path ?? ''),
  )

const FILE = '// file '
const ENTRY = '// entry '

export function reportText({ entries, declarations }: ApiReport): string {
  const heads = [...entries].map(([specifier, file]) => `${ENTRY}${specifier} ${file}\n`)
  const files = [...declarations]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, text]) => `\n${FILE}${file}\n${text.trim()}\n`)
  return `// The API of the last release, as \`pnpm release:record\` writes it.\n${heads.join('')}${files.join('')}`
}

export function parseReport(folder: string, text: string): ApiReport {
  const [head = '', ...files] = text.split(`\n${FILE}`)
  return {
    folder,
    entries: new Map(
      [...head.matchAll(/^\/\/ entry (\S+) (\S+)$/gm)].map(([, specifier = '', file = '']) => [
        specifier,
        file,
      ]),
    ),
    declarations: new Map(
      files.map((part) => {
        const end = part.indexOf('\n')
        return [part.slice(0, end), part.slice(end + 1)]
      }),
    ),
  }
}
