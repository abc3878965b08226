import { createHash } from 'node:crypto'
import { copyFile, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compile } from '../../spec/compile/compile.ts'
import { objectAt } from '../../spec/compile/json.ts'
import { merge } from '../../spec/compile/merge.ts'
import { readOverlays } from '../../spec/compile/overlays.ts'
import { readPublished } from '../../spec/compile/published.ts'
import { parse, readDocument } from '../../spec/compile/read.ts'
import { operationsOf } from '../../spec/generate/document.ts'
import { repository } from '../../scratch.ts'
import { edit, fixture } from '../fixtures.ts'
import { readSupplements } from './supplements.ts'

const supplements = await readSupplements()

describe('compiling', () => {
  let specs: string
  beforeEach(async () => {
    specs = join(await mkdtemp(join(tmpdir(), 'apikley-specs-')), 'specs')
    // With the one model that these tests are about, however many there are by now.
    const only = 'upstream/market/ideogram/v3-reframe.yaml'
    await cp(join(repository, 'specs'), specs, {
      recursive: true,
      filter: (source) => !/upstream\/.*\.yaml$/.test(source) || source.endsWith(only),
    })
    for (const { file, target } of await readOverlays(join(specs, 'overlays'))) {
      if (target !== join(specs, 'openapi.yaml') && !target.endsWith(only)) {
        await rm(file)
      }
    }
  })
  afterEach(() => rm(dirname(specs), { recursive: true }))

  test('gives the same bytes whatever the documents are called', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/market/a.yaml'))
    const first = await compile(specs)
    await rename(join(specs, 'upstream/market/a.yaml'), join(specs, 'upstream/z.yaml'))
    expect((await compile(specs)).yaml).toBe(first.yaml)
  })

  test('an overlay whose target is gone is an error that names it', async () => {
    await edit(join(specs, 'upstream/market/ideogram/v3-reframe.yaml'), (text) =>
      text.replace(/ {4}email: .*\n/, ''),
    )
    await expect(compile(specs)).rejects.toThrow(
      'Overlay ideogram-v3-reframe-contact-email.yaml: nothing matches $.info.contact.email. Has the document changed? Mend or delete the overlay.',
    )
  })

  test('a file that would be overlooked is an error', async () => {
    await writeFile(join(specs, 'upstream/market/model.yml'), '')
    await expect(compile(specs)).rejects.toThrow('model.yml: only .yaml files are read here')
  })

  test('an overlay without a reason is an error', async () => {
    await edit(join(specs, 'overlays/resend.yaml'), (text) => text.replace('x-reason', 'x-because'))
    await expect(compile(specs)).rejects.toThrow('Overlay resend.yaml does not say why it exists')
  })

  test('an overlay of a document that is not there is an error', async () => {
    await edit(join(specs, 'overlays/resend.yaml'), (text) =>
      text.replace('../openapi.yaml', '../upstream/nowhere.yaml'),
    )
    await expect(compile(specs)).rejects.toThrow(
      'Overlay resend.yaml extends a document that is not there',
    )
  })

  test('two documents of one model are an error', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/a.yaml'))
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/b.yaml'))
    await expect(compile(specs)).rejects.toThrow(
      'Two documents describe the model atelier/painter-2.5',
    )
  })

  test.each<[string, string, string, string]>([
    [
      'another path',
      '/api/v1/jobs/createTask:',
      '/api/v1/veo/generate:',
      'POST /api/v1/veo/generate is neither createTask nor described in specs/supplements',
    ],
    [
      'two model ids',
      'enum: [atelier/painter-2.5]',
      'enum: [atelier/a, atelier/b]',
      'should allow exactly one model id',
    ],
    [
      'a path in its model id',
      'enum: [atelier/painter-2.5]',
      'enum: [../../etc/passwd]',
      'should allow exactly one model id',
    ],
    ['an answer without an id', 'taskId:', 'jobId:', 'has no string data.taskId'],
    [
      'a field of its own in the answer',
      'msg:\n',
      'balance:\n',
      'fields that the other models do not have: balance',
    ],
    ['Swagger', 'openapi: 3.0.0', 'openapi: 2.0', 'is not 3.0 or 3.1'],
    ['broken YAML', 'openapi: 3.0.0', 'openapi: [', 'painter.yaml'],
  ])('a document with %s is refused by name', async (_, before, after, message) => {
    const text = (await readFile(fixture('painter.yaml'), 'utf8')).replace(before, after)
    expect(() =>
      merge(supplements, [readPublished(parse(text, 'painter.yaml').value, 'painter.yaml')]),
    ).toThrow(message)
  })

  test('rules: input is required, media are marked, foreign servers and callbacks are dropped, codes are joined', async () => {
    await copyFile(fixture('painter.yaml'), join(specs, 'upstream/painter.yaml'))
    const { document, yaml } = await compile(specs)
    expect(document).toMatchObject({
      servers: [{ url: 'https://api.apikley.ru' }],
      info: { contact: { email: 'support@apikley.ru' } },
      components: {
        schemas: {
          AtelierPainter2_5Request: {
            required: ['model', 'input'],
            properties: { progressCallBackUrl: { type: 'string' } },
          },
          AtelierPainter2_5Input: { properties: { image_urls: { 'x-apikley-media': {} } } },
          IdeogramV3ReframeInput: {
            properties: {
              image_url: {
                'x-apikley-media': {
                  types: ['image/jpeg', 'image/png', 'image/webp'],
                  maxBytes: 10_485_760,
                },
              },
            },
          },
          ErrorResponse: {
            properties: { code: { 'x-extensible-enum': expect.arrayContaining([434, 455]) } },
          },
        },
      },
    })
    for (const stranger of ['elsewhere.example', 'your-domain.com']) {
      expect(yaml).not.toContain(stranger)
    }
  })
})

test('the vendored documents are what was retrieved', async () => {
  const lock: { documents: Record<string, { sha256: string }> } = JSON.parse(
    await readFile(join(repository, 'specs/upstream/lock.json'), 'utf8'),
  )
  for (const [spec, { sha256 }] of Object.entries(lock.documents)) {
    const bytes = await readFile(join(repository, 'specs/upstream', `${spec}.yaml`))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
  }
})

describe('an operation whose name cannot be had is refused', () => {
  test.each([
    ['a word of the language', 'delete', 'no function can be called delete'],
    ['a name of the generated module', 'send', 'no function can be called send'],
    [
      'the name of another operation',
      'get-task-details',
      'Two operations would share the name getTaskDetails',
    ],
    [
      'the name beside another operation',
      'get-task-details-operation',
      'Two operations would share the name getTaskDetailsOperation',
    ],
  ])('%s', async (_, operationId, message) => {
    const document = await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml')
    const credits = objectAt(document, ['paths', '/api/v1/chat/credit', 'get'], 'openapi.yaml')
    credits.operationId = operationId
    expect(() => operationsOf(document)).toThrow(message)
  })
})
