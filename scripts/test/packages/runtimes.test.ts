import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRuntimes, runtimesAsText } from '../../matrix/runtimes.ts'
import { publishedPackages, readManifest } from '../../packages/manifest.ts'
import { repository } from '../../scratch.ts'

const runtimes = await readRuntimes()
const examples = join(repository, 'examples/runtimes')

test('the README says where the packages run', async () => {
  expect(await readFile(join(repository, 'README.md'), 'utf8')).toContain(runtimesAsText(runtimes))
})

test('every manifest asks for the oldest Node that is tried', async () => {
  const manifests = [
    await readManifest(repository),
    ...(await publishedPackages()).map(({ manifest }) => manifest),
  ]
  expect(manifests.map(({ engines }) => engines)).toEqual(
    manifests.map(() => ({ node: runtimes.node.engines })),
  )
  expect(runtimes.node.engines).toBe(`>=${runtimes.node.versions[0]}`)
})

test('the checks of a change start on the oldest Node', async () => {
  const workflow = await readFile(join(repository, '.github/workflows/ci.yml'), 'utf8')
  expect(/node-version: (\d+)/.exec(workflow)?.[1]).toBe(runtimes.node.versions[0])
})

test('the examples ask for the packages as a user does', async () => {
  const folders = await readdir(examples)
  const manifests = folders.flatMap((folder) => [
    join(examples, folder, 'package.json'),
    join(examples, folder, 'deno.json'),
  ])
  const texts = await Promise.all(manifests.map((path) => readFile(path, 'utf8').catch(() => '')))
  const ranges = texts.flatMap((text) =>
    [...text.matchAll(/"@apikley\/[\w-]+": "([^"]+)"/g)].map(([, range]) => range),
  )
  expect(ranges.length).toBeGreaterThanOrEqual(folders.length)
  expect([...new Set(ranges)].toSorted()).toEqual(['latest', 'npm:@apikley/client@latest'])
})
