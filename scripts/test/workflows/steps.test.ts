import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listen } from 'test-kit/listen'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { painter } from '../spec/documents.ts'
import { Runner } from './runner.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

let github: StandIn
beforeAll(async () => {
  github = await createStandIn(repository)
})
afterAll(() => rm(github.folder, { recursive: true }))

test.each(['ci', 'nightly'])('the workflow %s calls one command', async (name) => {
  expect(await new Runner(name, github, '').push()).toEqual(['test'])
})

test('spec-sync makes a pull request with checks of a new model', async () => {
  const documents = await listen((_, response) => response.end(painter))
  const { host } = new URL(documents.url)
  const source = `  - spec: market/atelier/painter-2.5\n    url: http://${host}/painter\n`
  const runner = new Runner('spec-sync', github, '')
  await runner.merge('specs/sources.yaml', `hosts: ['${host}']\nsources:\n${source}`)
  await runner.push()
  await documents.stop()
  expect(await github.body()).toContain('model atelier/painter-2.5 is new')
  expect((await github.calls()).map((call) => call.split(' ')[0])).toEqual(['pr', 'workflow'])
})

test('docs pushes the built site to the branch of GitHub Pages, on top of the last one', async () => {
  const runner = new Runner('docs', github, '')
  expect(await runner.push()).toEqual(['build', 'publish'])
  const job = await runner.clone('publish')
  const git = (...args: string[]): Promise<string> => run('git', args, { cwd: github.remote })
  expect(await git('show', 'gh-pages:index.html')).toContain('href="/apikley/guide/files"')
  await writeFile(join(job, 'site/index.html'), 'changed')
  await runner.bash('node scripts/workflows/publish-site.ts site', job, 24)
  expect(await git('rev-list', '--count', 'gh-pages')).toBe('2\n')
})
