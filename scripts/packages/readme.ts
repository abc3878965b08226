import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { repository } from '../scratch.ts'
import { publishedPackages } from './manifest.ts'

/**
 * A code block of a README. `notRun` is the reason, if the README gives one in a comment before it:
 * `<!-- not run: … -->`.
 */
export type CodeBlock = {
  readme: string
  name: string
  kind: string
  code: string
  notRun: string | undefined
}

/** The README of the repository and those of all packages. */
export async function readmes(): Promise<{ path: string; text: string }[]> {
  const packages = await publishedPackages()
  const paths = [
    'README.md',
    ...packages.map(({ folder }) => relative(repository, join(folder, 'README.md'))),
  ]
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(repository, path), 'utf8') })),
  )
}

export async function codeBlocks(): Promise<CodeBlock[]> {
  const block = /(?:^<!-- not run: (.+) -->\n\n?)?^```(tsx?)\n(.*?)^```/gms
  return (await readmes()).flatMap(({ path, text }) =>
    [...text.matchAll(block)].map(([, notRun, kind = 'ts', code = ''], index) => ({
      readme: path,
      name: `${path.replaceAll(/\W+/g, '-')}-${index + 1}.${kind}`,
      kind,
      code,
      notRun,
    })),
  )
}
