import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)

/** Changes a file, and fails when there was nothing to change. */
export async function edit(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = change(before)
  if (after === before) {
    throw new Error(`The edit of ${file} changed nothing`)
  }
  await writeFile(file, after)
}
