// `node scripts/release/publish.ts FOLDER [OPTION OF NPM…]`: publishes packed packages with npm. It
// needs no installation: the job that may publish runs nothing but this.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { run } from '../run.ts'
import { isPublished, PLAN, type Packed } from './packages.ts'

const [path = 'packed', ...options] = process.argv.slice(2)
const folder = resolve(path)
const plan: Packed[] = JSON.parse(await readFile(join(folder, PLAN), 'utf8'))
for (const { name, version, file } of plan) {
  // An earlier run may have failed after some of them.
  if (!(await isPublished(name, version))) {
    await run('npm', ['publish', join(folder, file), '--access', 'public', ...options])
  }
  console.log(`${name}@${version} is published`)
}
