import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What an installation of `@apikley/client` takes on the disk, in kB (1,000 bytes), without source
 * maps.
 */
export async function installedSize(project: string): Promise<{ all: number; ours: number }> {
  const modules = join(project, 'node_modules')
  const entries = await readdir(modules, { recursive: true, withFileTypes: true })
  let [all, ours] = [0, 0]
  for (const entry of entries) {
    if (entry.isFile() && !entry.name.endsWith('.map') && !entry.name.startsWith('.package-lock')) {
      const { size } = await stat(join(entry.parentPath, entry.name))
      all += size / 1000
      if (`${entry.parentPath}/`.startsWith(join(modules, '@apikley/'))) {
        ours += size / 1000
      }
    }
  }
  return { all, ours }
}
