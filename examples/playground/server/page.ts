import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type InlineConfig } from 'vite'

const root = join(import.meta.dirname, '..')

/** A page that was built into a folder of its own. */
export interface BuiltPage {
  readonly folder: string
  /** Removes the folder. */
  readonly remove: () => Promise<void>
}

/**
 * Builds the page.
 *
 * @param service what stands behind it, which the page shows
 * @param config what is added to that of the project
 */
export async function buildPage(
  service: 'simulator' | 'live',
  config: InlineConfig = {},
): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-playground-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await build({
      root,
      logLevel: 'warn',
      ...config,
      build: { outDir: folder, emptyOutDir: true, ...config.build },
    })
    const index = join(folder, 'index.html')
    await writeFile(
      index,
      (await readFile(index, 'utf8')).replace('content="simulator"', `content="${service}"`),
    )
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
