// `pnpm bench [NAME] [OPTION…]`: prints what is measured in this folder, all of it or the one file
// that is named, each in a process of its own.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const [name, ...options] = process.argv.slice(2)
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.ts'))
  .toSorted()

if (name !== undefined && !known.includes(name)) {
  console.error(`There is no measurement called ${name}. Known: ${known.join(', ')}`)
  process.exitCode = 1
} else {
  for (const each of name === undefined ? known : [name]) {
    console.log(`\n${each}\n`)
    const { status } = spawnSync(
      process.execPath,
      ['--expose-gc', join(import.meta.dirname, `${each}.ts`), ...options],
      {
        stdio: 'inherit',
      },
    )
    if (status !== 0) {
      process.exitCode = 1
    }
  }
}
