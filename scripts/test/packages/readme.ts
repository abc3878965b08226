import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { publishedPackages, repository } from '../../release/packages.ts'

/** A `ts` or `tsx` block of a README. `notRun` is the reason in `<!-- not run: … -->` above it. */
export type CodeBlock = {
  readme: string
  name: string
  kind: string
  code: string
  notRun: string | undefined
}

/** The code in each row of the table of frameworks, in the README of the server. */
export async function frameworkSnippets(): Promise<string[]> {
  const text = await readFile(join(repository, 'packages/server/README.md'), 'utf8')
  const [, table = ''] = text.split(/^\| framework .*$/m)
  const rows = table.split('\n\n')[0] ?? ''
  return [...rows.matchAll(/^\| [^|]+ \| `([^`]+)`/gm)].map(([, code = '']) => code)
}

/** The blocks in the README of the repository and of every package. */
export async function codeBlocks(): Promise<CodeBlock[]> {
  const folders = [repository, ...(await publishedPackages()).map(({ folder }) => folder)]
  const block = /(?:^<!-- not run: (.+) -->\n\n?)?^```(tsx?)\n(.*?)^```/gms
  const blocks = folders.map(async (folder) => {
    const readme = relative(repository, join(folder, 'README.md'))
    const text = await readFile(join(folder, 'README.md'), 'utf8')
    return [...text.matchAll(block)].map(([, notRun, kind = 'ts', code = ''], index) => ({
      readme,
      name: `${readme.replaceAll(/\W+/g, '-')}-${index + 1}.${kind}`,
      kind,
      code,
      notRun,
    }))
  })
  return (await Promise.all(blocks)).flat()
}
