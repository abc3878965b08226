import { createServer, type Server } from 'node:http'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../compile/json.ts'
import { readDocument } from '../../compile/read.ts'
import { repository } from '../../scratch.ts'
import { tryOut } from '../../sync/try-out.ts'
import { update, type Update } from '../../sync/update.ts'

const fixture = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../fixtures', name), 'utf8')
const painter = await fixture('painter.yaml')
const page = await fixture('page.txt')
const carver = painter.replaceAll('painter-2.5', 'carver').replaceAll('painter-2-5', 'carver')
const weaver = painter.replaceAll('painter-2.5', 'weaver').replaceAll('painter-2-5', 'weaver')

const first: Record<string, string> = { sketcher: page, 'painter-2.5': painter, carver }
const second: Record<string, string> = {
  // Prose.
  sketcher: page.replace('Sketch with', 'Draw with'),
  // A value more.
  'painter-2.5': painter.replace('[black, white]', '[black, white, gold]'),
  // A field less.
  carver: carver.replace(/^ +strength:\n(?: {22}.*\n)+/m, '').replace(/^ +strength: .*\n/m, ''),
  // A new model.
  weaver,
}

/** The whole way, against a service that publishes a first and then a second version. */
describe('spec:update', () => {
  let root: string
  let server: Server
  let published = first
  let said: string[]

  const compiled = (): Promise<JsonObject> =>
    readDocument(join(root, 'specs/openapi.yaml'), 'openapi.yaml')

  async function run(base: JsonObject): Promise<Update> {
    said = []
    const options = {
      root,
      base,
      wanted: [],
      fetch,
      deadline: () => new AbortController().signal,
      now: Date.UTC(2026, 0, 5),
      tell: (line: string) => said.push(line),
      tryOut,
    }
    return update(options)
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'apikley-update-'))
    for (const path of [
      'specs',
      'packages/types/package.json',
      'packages/client/package.json',
      'packages/react/package.json',
    ]) {
      await cp(join(repository, path), join(root, path), { recursive: true })
    }
    server = createServer((request, response) => {
      const text = published[request.url?.slice(1) ?? '']
      if (text === undefined) {
        response.writeHead(404).end()
      } else {
        response.end(text)
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const sources = Object.keys(second).map(
      (name) => `  - spec: market/atelier/${name}\n    url: http://${host}/${name}\n`,
    )
    await writeFile(
      join(root, 'specs/sources.yaml'),
      `hosts: ['${host}']\nsources:\n${sources.join('')}`,
    )
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    await rm(root, { recursive: true })
  })

  test('takes new models in, and calls for a minor version', async () => {
    const { outcomes, diff, changeset, files } = await run(await compiled())
    expect(outcomes.map(({ is }) => is)).toEqual(['new', 'new', 'new', 'failed'])
    expect(diff).toMatchObject({ bump: 'minor', judges: { redocly: 'minor', types: 'minor' } })
    expect(files).toContain('packages/types/src/generated/models/atelier/carver.ts')
    expect(files).toContain(changeset)
    expect(await readFile(join(root, changeset ?? ''), 'utf8')).toMatch(
      /^---\n'@apikley\/client': minor\n'@apikley\/react': minor\n'@apikley\/types': minor\n---\n/,
    )
  })

  test('then tells prose, a value more, a field less and a new model apart, and calls for a major version', async () => {
    const base = await compiled()
    published = second
    const { outcomes, diff, changeset, files } = await run(base)
    expect(outcomes.map(({ is }) => is)).toEqual(['changed', 'changed', 'changed', 'new'])
    expect(said[0]).toContain('prose only')
    expect(diff.bump).toBe('major')
    expect(diff.reasons).toEqual(
      expect.arrayContaining([
        'model atelier/weaver is new',
        'atelier/carver: a field of the request is gone',
        'atelier/painter-2.5: a request of now was none before',
      ]),
    )
    expect(diff.reasons.filter((reason) => reason.startsWith('atelier/sketcher'))).toEqual([])
    expect(files.filter((file) => file.startsWith('packages/')).toSorted()).toEqual([
      'packages/client/test/generated/models.ts',
      'packages/client/test/generated/models/atelier/carver.ts',
      'packages/client/test/generated/models/atelier/painter-2.5.ts',
      'packages/client/test/generated/models/atelier/weaver.ts',
      'packages/types/src/generated/models/atelier/carver.ts',
      'packages/types/src/generated/models/atelier/painter-2.5.ts',
      'packages/types/src/generated/models/atelier/sketcher.ts',
      'packages/types/src/generated/models/atelier/weaver.ts',
      'packages/types/src/generated/openapi.ts',
      'packages/types/src/generated/registry.ts',
    ])
    const text = await readFile(join(root, changeset ?? ''), 'utf8')
    expect(text).toContain("'@apikley/types': major")
    for (const part of [
      'atelier/carver',
      'atelier/painter-2.5',
      'atelier/sketcher',
      'atelier/weaver',
      'Draw with',
      'gold',
      'strength',
    ]) {
      expect(text).toContain(part)
    }

    const again = await run(base)
    expect(again.outcomes.map(({ is }) => is)).toEqual(Array(4).fill('unchanged'))
    expect(again.files).toEqual([])
    expect(again.changeset).toBe(changeset)
  })

  test('what is taken back needs no release', async () => {
    const base = await compiled()
    published = {
      ...second,
      carver:
        second.weaver
          ?.replaceAll('weaver', 'carver')
          .replace('[black, white]', '[black, white, red]') ?? '',
    }
    const { changeset } = await run(base)
    published = second
    expect((await run(base)).changeset).toBeUndefined()
    await expect(readFile(join(root, changeset ?? 'none'), 'utf8')).rejects.toThrow('ENOENT')
  })

  test('and after that there is nothing to do', async () => {
    const { files, diff, changeset } = await run(await compiled())
    expect({ files, bump: diff.bump, changeset }).toEqual({
      files: [],
      bump: 'none',
      changeset: undefined,
    })
  })
})
