import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen, type Listening } from 'test-kit/listen'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../spec/compile/json.ts'
import { readDocument } from '../../../spec/compile/read-document.ts'
import { update, type Update } from '../../../spec/sync/update.ts'
import { repository } from '../../../release/packages.ts'
import { edited, page, painter, syncOptions } from '../documents.ts'

const named = (name: string): string =>
  painter.replaceAll('painter-2.5', name).replaceAll('painter-2-5', name)

const carver = named('carver')
const weaver = named('weaver')
const first: Record<string, string> = { sketcher: page, 'painter-2.5': painter, carver }
const second: Record<string, string> = {
  // Prose changes.
  sketcher: edited(page, ['Sketch with', 'Draw with']),
  // A value is new.
  'painter-2.5': edited(painter, ['[black, white]', '[black, white, gold]']),
  // A field is removed.
  carver: carver.replace(/^ +strength:\n(?: {22}.*\n)+/m, '').replace(/^ +strength: .*\n/m, ''),
  // A model is new.
  weaver,
}

/** Runs against a server that publishes a first and then a second version. */
describe('spec:update', () => {
  let root: string
  let server: Listening
  let published = first

  const compiled = (): Promise<JsonObject> =>
    readDocument(join(root, 'specs/openapi.yaml'), 'openapi.yaml')

  const run = (base: JsonObject): Promise<Update> =>
    update({ ...syncOptions(root, []), base, isOffline: false })

  const statusesOf = ({ outcomes }: Update): string[] => outcomes.map(({ status }) => status)

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'apikley-update-'))
    const manifests = ['types', 'client', 'react'].map((name) => `packages/${name}/package.json`)
    for (const path of ['specs', ...manifests]) {
      await cp(join(repository, path), join(root, path), { recursive: true })
    }
    server = await listen((request, response) => {
      const text = published[request.url?.slice(1) ?? '']
      if (text === undefined) {
        response.writeHead(404).end()
      } else {
        response.end(text)
      }
    })
    const { host } = new URL(server.url)
    const sources = Object.keys(second).map(
      (name) => `  - spec: market/atelier/${name}\n    url: http://${host}/${name}\n`,
    )
    await writeFile(
      join(root, 'specs/sources.yaml'),
      `hosts: ['${host}']\nsources:\n${sources.join('')}`,
    )
  })
  afterAll(async () => {
    await server.stop()
    await rm(root, { recursive: true })
  })

  test('new models call for a minor version', async () => {
    const result = await run(await compiled())
    const { diff, changeset, files } = result
    expect(statusesOf(result)).toEqual(['new', 'new', 'new', 'failed'])
    expect(diff.bump).toBe('minor')
    expect(files).toContain('packages/types/src/generated/models/atelier/carver.ts')
    expect(files).toContain(changeset)
    expect(await readFile(join(root, changeset ?? ''), 'utf8')).toMatch(
      /^---\n'@apikley\/types': minor\n---\n/,
    )
  })

  test('a removed field calls for a major version, and a second run changes nothing', async () => {
    const base = await compiled()
    published = second
    const result = await run(base)
    const { diff, changeset, files } = result
    expect(statusesOf(result)).toEqual(['changed', 'changed', 'changed', 'new'])
    expect(diff.bump).toBe('major')
    const messages = diff.reasons.map(({ message }) => message)
    expect(messages).toEqual(
      expect.arrayContaining([
        'model atelier/weaver is new',
        'atelier/carver: the request loses a field',
        'atelier/painter-2.5: the request accepts more values',
      ]),
    )
    expect(messages.filter((message) => message.startsWith('atelier/sketcher'))).toEqual([])
    expect(files.filter((file) => file.startsWith('packages/')).toSorted()).toEqual([
      'packages/client/src/generated/media.ts',
      'packages/client/test/generated/contract.ts',
      'packages/types/src/generated/models.ts',
      'packages/types/src/generated/models/atelier/carver.ts',
      'packages/types/src/generated/models/atelier/painter-2.5.ts',
      'packages/types/src/generated/models/atelier/weaver.ts',
      'packages/types/src/generated/openapi.ts',
      'packages/types/src/generated/registry.ts',
    ])
    const text = await readFile(join(root, changeset ?? ''), 'utf8')
    // A breaking change below 1.0.0.
    expect(text).toContain("'@apikley/types': minor\n---")
    expect(text).toContain('Verdict: major')
    for (const part of ['carver', 'painter-2.5', 'weaver']) {
      expect(text.split('\n').filter((line) => line.includes(part))).toHaveLength(1)
    }

    const again = await run(base)
    expect(statusesOf(again)).toEqual(Array(4).fill('unchanged'))
    expect(again.files).toEqual([])
    expect(again.changeset).toBe(changeset)
  })

  test('a change that is taken back removes its changeset', async () => {
    const base = await compiled()
    published = { ...second, carver: edited(named('carver'), ['[black, white]', '[black]']) }
    const { changeset } = await run(base)
    published = second
    expect((await run(base)).changeset).toBeUndefined()
    await expect(readFile(join(root, changeset ?? 'none'), 'utf8')).rejects.toThrow('ENOENT')
  })
})
