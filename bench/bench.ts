// `pnpm bench [NAME]`: runs one measurement or all of them, each in a process of its own.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const MEASUREMENTS = ['client', 'waiting', 'models', 'simulator', 'proxy', 'turns']

const [name] = process.argv.slice(2)
if (name !== undefined && !MEASUREMENTS.includes(name)) {
  console.error(`Unknown measurement ${name}. Known: ${MEASUREMENTS.join(', ')}`)
  process.exitCode = 1
} else {
  for (const each of name === undefined ? MEASUREMENTS : [name]) {
    console.log(`\n${each}\n`)
    const args = ['--expose-gc', join(import.meta.dirname, `${each}.ts`)]
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
    if (status !== 0) {
      process.exitCode = 1
    }
  }
}
