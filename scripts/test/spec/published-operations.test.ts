import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { compile } from '../../spec/compile/compile.ts'
import { objectAt, type JsonObject } from '../../spec/compile/json.ts'
import { merge } from '../../spec/compile/merge.ts'
import { readPublished } from '../../spec/compile/published.ts'
import { parse, readDocument } from '../../spec/compile/read.ts'
import { applyRules } from '../../spec/compile/rules.ts'
import { operationsOf } from '../../spec/generate/document.ts'
import { repository } from '../../scratch.ts'
import { checkDocument } from '../../spec/sync/check.ts'
import { extract } from '../../spec/sync/extract.ts'
import { knownDocuments } from '../../spec/sync/known.ts'
import { fixture } from '../fixtures.ts'
import { readSupplements } from './supplements.ts'

const supplements = await readSupplements()
const model = await readFile(fixture('painter.yaml'), 'utf8')
const documents: Record<string, string> = Object.fromEntries(
  await Promise.all(
    (await readdir(fixture('operations'))).map(async (name) => [
      name,
      extract(await readFile(fixture(`operations/${name}`), 'utf8'), name).text,
    ]),
  ),
)
const all = Object.values(documents)

function published(name: string, change: (text: string) => string = (text) => text): string {
  return change(documents[name] ?? '')
}

/** What the supplements become with some documents in their place, without the overlays. */
function merged(...texts: string[]): JsonObject {
  const read = [model, ...texts].map((text, index) => {
    const document = readPublished(parse(text, `document ${index}`).value, `document ${index}`)
    applyRules(document)
    return document
  })
  return merge(supplements, read)
}

const schemasOf = (document: JsonObject): JsonObject =>
  objectAt(document, ['components', 'schemas'], 'the document')

test('published operations take the place of the supplements, and all keep their names, servers, resend rules and what was observed', async () => {
  const specs = join(await mkdtemp(join(tmpdir(), 'apikley-specs-')), 'specs')
  try {
    await cp(join(repository, 'specs'), specs, { recursive: true })
    await Promise.all(
      all.map((text, index) => writeFile(join(specs, `upstream/${index}.yaml`), text)),
    )
    const { document } = await compile(specs)
    const known = ({
      id,
      server,
      resend,
      expects,
    }: ReturnType<typeof operationsOf>[number]): object => ({ id, server, resend, expects })
    const before = operationsOf(
      await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml'),
    )
    expect(operationsOf(document).map(known)).toEqual(before.map(known))
    expect(document).toMatchObject({
      paths: { '/api/v1/jobs/recordInfo': { get: { summary: 'Look at a task' } } },
      components: {
        schemas: {
          AccountCredits: { type: 'number' },
          TaskDetails: {
            required: ['taskId', 'model', 'state'],
            properties: {
              state: {
                type: 'string',
                'x-extensible-enum': ['waiting', 'queuing', 'generating', 'success', 'fail'],
              },
              resultJson: { type: ['string', 'null'] },
              creditsConsumed: { type: ['number', 'null'] },
              queuePosition: { type: 'integer' },
            },
          },
        },
      },
    })
  } finally {
    await rm(dirname(specs), { recursive: true })
  }
})

test('nothing is left behind that only the supplements needed', () => {
  expect(Object.keys(schemasOf(merged(...all)))).toContain('UploadedFile')
  expect(Object.keys(schemasOf(merged(...all)))).not.toContain('UploadPath')
})

test('a document replaces its own operation and no other', () => {
  const document = merged(published('upload-stream.yaml'))
  expect(schemasOf(document)).toHaveProperty('UploadPath')
  expect(document).toMatchObject({
    paths: {
      '/api/file-stream-upload': { post: { summary: 'Send a file as a form' } },
      '/api/file-base64-upload': { post: { summary: 'Upload a file as base64' } },
    },
  })
})

test('an answer of another shape gets a name of its own as long as others need the old one', () => {
  expect(
    schemasOf(
      merged(published('upload-stream.yaml', (text) => text.replaceAll('filePath', 'path'))),
    ),
  ).toMatchObject({
    UploadedFile: { properties: { filePath: {} } },
    UploadFileStreamData: { properties: { path: {} } },
  })
})

test('the order in which documents come does not matter', () => {
  expect(merged(...all.toReversed())).toEqual(merged(...all))
})

test('examples call the message by its name and show declared fields only', () => {
  const examples = JSON.stringify(
    merged(published('task-details.txt', (text) => text.replace("failCode: ''", 'creator: me'))),
  )
  expect(examples).toContain(
    '{"msg":"success","code":200,"data":{"taskId":"task_12345678","model":"atelier/painter-2.5","state":"success"}}',
  )
})

test('an operation that is described twice is an error', () => {
  expect(() => merged(published('credits.yaml'), published('credits.yaml'))).toThrow(
    'Two documents describe the operation GET /api/v1/chat/credit',
  )
})

test.each<[string, string, string, string]>([
  [
    'two operations',
    '    post:',
    '    get: {}\n    post:',
    'a published document has one operation',
  ],
  ['two paths', 'paths:\n', 'paths:\n  /api/v1/other: {}\n', 'a published document has one path'],
  [
    'a path that no supplement has',
    '/api/v1/common/download-url',
    '/api/v1/veo/generate',
    'POST /api/v1/veo/generate is neither createTask',
  ],
  ['an answer without code', 'code:', 'status:', 'is not an envelope with code, msg and data'],
])('a document with %s is refused', (_, before, after, message) => {
  expect(() =>
    merged(published('download-url.yaml', (text) => text.replace(before, after))),
  ).toThrow(message)
})

test('a check tells what an operation would replace, its fields and the rules for it', async () => {
  const { accepted, text } = await checkDocument(published('upload-url.yaml'), 'upload-url.yaml', {
    root: repository,
    known: await knownDocuments(repository),
    tryOut: async () => {},
  })
  expect(accepted).toBe(true)
  expect(text).toContain(
    'POST /api/file-url-upload (would replace what stands in specs/supplements/file-upload.yaml)',
  )
  expect(text).toContain('fileUrl*, uploadPath*, fileName')
  for (const rule of ['foreign-server', 'errors-of-the-overlay']) {
    expect(text).toContain(rule)
  }
})
