import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'

const repository = join(import.meta.dirname, '../../../..')
const example = join(repository, 'examples/runtimes/vite')
const reports = join(import.meta.dirname, '../../reports')

export type PageName = 'the Vite example' | 'the hook of the README' | 'a page that shows its state'

/** Pages that users copy. */
export const PAGES: readonly PageName[] = ['the Vite example', 'the hook of the README']

async function sourceOf(name: PageName): Promise<string> {
  if (name === 'the Vite example') {
    return readFile(join(example, 'main.tsx'), 'utf8')
  }
  if (name === 'a page that shows its state') {
    return readFile(join(import.meta.dirname, 'page.tsx'), 'utf8')
  }
  const readme = await readFile(join(repository, 'README.md'), 'utf8')
  const [, code = ''] = /^```tsx\n(.*?)^```/ms.exec(readme) ?? []
  return `import { createRoot } from 'react-dom/client'
${code}
createRoot(document.getElementById('root')!).render(<App />)`
}

/** Effects that run the hook. The rule of React's hooks completes their dependencies. */
export const EFFECTS = {
  run: "reframe.run({ image_url: 'https://files.example.com/a.png', image_size: 'square_hd' })",
  click: "document.querySelector('button')?.click()",
} as const

/**
 * Builds a page with Vite, as its users do, from the built packages.
 *
 * @param effect what an effect of the page does
 * @returns the contents of files by their paths
 */
export async function buildPage(
  name: PageName,
  effect?: keyof typeof EFFECTS,
): Promise<Map<string, string>> {
  const source = await sourceOf(name)
  const hook = effect ? `$&\nuseEffect(() => void (${EFFECTS[effect]}), [reframe])` : '$&'
  const code = `import { useEffect } from 'react'
${source.replace(/const reframe = useRun\(.*\)$/m, hook)}`
  await mkdir(reports, { recursive: true })
  // A folder of the package, so that Vite finds what the package has installed.
  const root = await mkdtemp(join(reports, 'page-'))
  try {
    await writeFile(join(root, 'main.tsx'), code)
    await writeFile(join(root, 'index.html'), await readFile(join(example, 'index.html')))
    const built = await build({
      root,
      configFile: false,
      logLevel: 'error',
      build: { write: false },
    })
    const files = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
    return new Map(
      files.map((file) => [
        `/${file.fileName}`,
        file.type === 'chunk' ? file.code : String(file.source),
      ]),
    )
  } finally {
    await rm(root, { recursive: true })
  }
}
