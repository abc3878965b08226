// Part of the build of a package, in its folder: modules and CommonJS share one set of
// declarations. Those of CommonJS stay; what a module imports leads to them. It halves what the
// declarations weigh, and a type is the same type for both. Not for a package whose declarations
// import others' classes (@apikley/react): those differ between the two.
import { access, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const files = await readdir('dist', { recursive: true, encoding: 'utf8' })
for (const file of files
  .filter((file) => file.endsWith('.d.ts'))
  .map((file) => join('dist', file))) {
  const stem = file.slice(0, -'.d.ts'.length)
  // What no program stands beside is a part that only other declarations import.
  const entry = (await exists(`${stem}.cjs`)) && (await exists(`${stem}.d.cts`))
  if (entry) {
    await writeFile(file, `export * from './${basename(stem)}.cjs'\n`)
  } else {
    await rm(file)
  }
}
