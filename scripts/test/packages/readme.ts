import { glob, readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { publishedPackages, repository } from '../../release/packages.ts'
import { modelPages } from '../../docs/models.ts'

/** A `ts` or `tsx` block of a page. `notRun` is the reason in `<!-- not run: … -->` above it. */
export type CodeBlock = {
  page: string
  name: string
  kind: string
  code: string
  notRun: string | undefined
}

/** The code in each row of the table of frameworks, on the page of the server. */
export async function frameworkSnippets(): Promise<string[]> {
  const text = await readFile(`${repository}/docs/guide/server.md`, 'utf8')
  const [, table = ''] = text.split(/^\| framework .*$/m)
  const rows = table.split('\n\n')[0] ?? ''
  return [...rows.matchAll(/^\| [^|]+ \| `([^`]+)`/gm)].map(([, code = '']) => code)
}

/**
 * The blocks in the READMEs of the repository and of every package, and on the pages of the site.
 */
export async function codeBlocks(): Promise<CodeBlock[]> {
  const packages = (await publishedPackages()).map(({ folder }) => relative(repository, folder))
  const written = ['README.md', ...packages.map((folder) => `${folder}/README.md`)]
  for await (const page of glob('docs/{start,guide,about}/*.md', { cwd: repository })) {
    written.push(page)
  }
  const read = async (page: string): Promise<CodeBlock[]> =>
    blocksOf(page, await readFile(`${repository}/${page}`, 'utf8'))
  const generated = Array.from(await modelPages(), ([page, text]) => blocksOf(page, text))
  return [...(await Promise.all(written.map(read))), ...generated].flat()
}

function blocksOf(page: string, text: string): CodeBlock[] {
  const block = /(?:^<!-- not run: (.+) -->\n\n?)?^```(tsx?)\n(.*?)^```/gms
  return [...text.matchAll(block)].map(([, notRun, kind = 'ts', code = ''], index) => ({
    page,
    name: `${page.replaceAll(/\W+/g, '-')}-${index + 1}.${kind}`,
    kind,
    code,
    notRun,
  }))
}
