import { rm } from 'node:fs/promises'
import { listen } from 'test-kit/listen'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { repository } from '../../release/packages.ts'
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
