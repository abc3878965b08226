// `node scripts/release/pack.ts FOLDER`: packs every built package whose version is not published.
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isPublished, pack, publishedPackages, PLAN, type Packed } from './packages.ts'

const folder = resolve(process.argv[2] ?? 'packed')
await mkdir(folder, { recursive: true })
const found = (await publishedPackages()).map(async (published): Promise<Packed[]> => {
  const { name, manifest } = published
  if (await isPublished(name, manifest.version)) {
    console.log(`${name}@${manifest.version} is published`)
    return []
  }
  const { filename } = await pack(published, folder)
  console.log(`${name}@${manifest.version} is packed`)
  return [{ name, version: manifest.version, file: basename(filename) }]
})
const plan = (await Promise.all(found)).flat()
await writeFile(join(folder, PLAN), JSON.stringify(plan))
console.log(`Install them in a project with: npm install ${folder}/*.tgz`)
const output = process.env.GITHUB_OUTPUT
if (output) {
  await appendFile(output, `count=${plan.length}\n`)
}
