import { copyFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compile, toYaml } from '../../spec/compile/compile.ts'
import { objectAt, type JsonObject } from '../../spec/compile/json.ts'
import { checkLock, readLock } from '../../spec/compile/lock.ts'
import { readDocument } from '../../spec/compile/read-document.ts'
import { operationsOf } from '../../spec/generate/document.ts'
import { repository } from '../../release/packages.ts'
import { edit, fixture } from '../fixtures.ts'
import { copySpecs } from './documents.ts'

describe('compile', () => {
  let root: string
  let specs: string
  beforeEach(async () => {
    root = await copySpecs()
    specs = join(root, 'specs')
  })
  afterEach(() => rm(root, { recursive: true }))

  test('the output does not depend on the names of the files', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/market/a.yaml'))
    const first = await compile(specs)
    await rename(join(specs, 'upstream/market/a.yaml'), join(specs, 'upstream/z.yaml'))
    expect(toYaml((await compile(specs)).document)).toBe(toYaml(first.document))
  })

  test.each([
    ['has no reason', 'resend.yaml', 'x-reason', 'x-because', 'does not say why it exists'],
    [
      'extends a missing document',
      'resend.yaml',
      '../openapi.yaml',
      '../upstream/nowhere.yaml',
      'Overlay resend.yaml extends a missing document',
    ],
    [
      'has a target that matches nothing',
      'ideogram-v3-reframe-contact-email.yaml',
      '$.info.contact.email',
      '$.info.contact.fax',
      'Overlay ideogram-v3-reframe-contact-email.yaml: nothing matches $.info.contact.fax',
    ],
    [
      'retries a charged operation without a reason',
      'resend.yaml',
      'x-apikley-resend: never',
      'x-apikley-resend: safe',
      'POST /api/v1/jobs/createTask: "x-apikley-resend: safe" retries a request',
    ],
  ])('an overlay that %s is refused', async (_, name, before, after, message) => {
    await edit(join(specs, 'overlays', name), (text) => text.replace(before, after))
    await expect(compile(specs)).rejects.toThrow(message)
  })

  test('a file with another extension is an error, because it would be overlooked', async () => {
    await writeFile(join(specs, 'upstream/market/model.yml'), '')
    await expect(compile(specs)).rejects.toThrow('model.yml: only .yaml files are read here')
  })

  test('two documents of one model are an error', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/a.yaml'))
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/b.yaml'))
    await expect(compile(specs)).rejects.toThrow(
      'Two documents describe the model atelier/painter-2.5',
    )
  })

  test('the rules make input required, mark media, join codes, and drop foreign URLs', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/painter.yaml'))
    const { document } = await compile(specs)
    const types = ['image/jpeg', 'image/png', 'image/webp']
    expect(document).toMatchObject({
      servers: [{ url: 'https://api.apikley.ru' }],
      info: { contact: { email: 'support@apikley.ru' } },
      components: {
        schemas: {
          AtelierPainterV25Request: {
            required: ['model', 'input'],
            properties: { progressCallBackUrl: { type: 'string' } },
          },
          AtelierPainterV25Input: { properties: { image_urls: { 'x-apikley-media': {} } } },
          IdeogramV3ReframeInput: {
            properties: { image_url: { 'x-apikley-media': { types, maxBytes: 10_485_760 } } },
          },
          ErrorResponse: {
            properties: { code: { 'x-extensible-enum': expect.arrayContaining([434, 455]) } },
          },
        },
      },
    })
    expect(JSON.stringify(document)).not.toMatch(/elsewhere\.example|your-domain\.com/)
  })
})

test('the published documents are those of lock.json', async () => {
  await expect(checkLock(repository, await readLock(repository))).resolves.toBeUndefined()
})

const compiled = await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml')

/** The compiled document with other members of an operation or a path. */
function changed(path: string[], members: JsonObject): JsonObject {
  const document = structuredClone(compiled)
  Object.assign(objectAt(document, ['paths', ...path], 'openapi.yaml'), members)
  return document
}

test('an operation with parameters in path and query is refused', () => {
  const parameter = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const document = changed(['/api/v1/jobs/recordInfo'], { parameters: [parameter] })
  expect(() => operationsOf(document)).toThrow(
    'GET /api/v1/jobs/recordInfo: parameters in both path and query are not generated',
  )
})

test.each([
  ['delete', 'no function can be called delete'],
  ['send', 'no function can be called send'],
  ['get-task-details', 'share the name getTaskDetails'],
  ['get-task-details-operation', 'share the name getTaskDetailsOperation'],
])('an operation cannot be called %s', (operationId, message) => {
  const document = changed(['/api/v1/chat/credit', 'get'], { operationId })
  expect(() => operationsOf(document)).toThrow(message)
})
