// `node scripts/release/pack.ts FOLDER`: packs every built package whose version is not published.
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isPublished, pack, publishedPackages, PLAN, type Packed } from './packages.ts'

const folder = resolve(process.argv[2] ?? 'packed')
await mkdir(folder, { recursive: true })
const plan: Packed[] = []
for (const published of await publishedPackages()) {
  const { name, manifest } = published
  if (await isPublished(name, manifest.version)) {
    console.log(`${name}@${manifest.version} is published`)
  } else {
    const { filename } = await pack(published, folder)
    plan.push({ name, version: manifest.version, file: basename(filename) })
    console.log(`${name}@${manifest.version} is packed`)
  }
}
await writeFile(join(folder, PLAN), JSON.stringify(plan))
const output = process.env.GITHUB_OUTPUT
if (output) {
  await appendFile(output, `count=${plan.length}\n`)
}
