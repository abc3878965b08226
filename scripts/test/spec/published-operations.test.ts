import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { compile } from '../../spec/compile/compile.ts'
import { objectAt, type JsonObject } from '../../spec/compile/json.ts'
import { readDocument } from '../../spec/compile/read-document.ts'
import { operationsOf, type Operation } from '../../spec/generate/document.ts'
import { extract } from '../../spec/sync/extract.ts'
import { repository } from '../../release/packages.ts'
import { fixture } from '../fixtures.ts'
import { copySpecs, edited, mergeTexts, painter } from './documents.ts'

const pages = await Promise.all(
  (await readdir(fixture('operations'))).map(async (name) => {
    const text = await readFile(fixture(`operations/${name}`), 'utf8')
    return { name, text: extract(text, name).text }
  }),
)
const all = pages.map(({ text }) => text)

const published = (name: string): string => pages.find((entry) => entry.name === name)?.text ?? ''

const merged = (...texts: string[]): JsonObject => mergeTexts(painter, ...texts)

const schemasOf = (document: JsonObject): JsonObject =>
  objectAt(document, ['components', 'schemas'], 'the document')

test('published operations replace the supplements and observed fields, with the same names, servers and resend rules', async () => {
  const root = await copySpecs()
  onTestFinished(() => rm(root, { recursive: true }))
  // Its document describes a field that was observed before.
  const details = published('task-details.txt')
  const texts = [
    ...all.filter((text) => text !== details),
    edited(details, ['queuePosition', 'progress']),
  ]
  for (const [index, text] of texts.entries()) {
    await writeFile(join(root, `specs/upstream/${index}.yaml`), text)
  }
  const { document } = await compile(join(root, 'specs'))
  const facts = ({ id, server, resend, expects }: Operation): object => {
    return { id, server, resend, expects }
  }
  const before = operationsOf(
    await readDocument(join(repository, 'specs/openapi.yaml'), 'openapi.yaml'),
  )
  expect(operationsOf(document).map(facts)).toEqual(before.map(facts))
  const states = ['waiting', 'queuing', 'generating', 'success', 'fail']
  expect(document).toMatchObject({
    paths: { '/api/v1/jobs/recordInfo': { get: { summary: 'Read a task' } } },
    components: {
      schemas: {
        AccountCredits: { type: 'number' },
        TaskDetails: {
          required: ['taskId', 'model', 'state'],
          properties: {
            state: { type: 'string', 'x-extensible-enum': states },
            resultJson: { type: ['string', 'null'] },
            creditsConsumed: { type: ['number', 'null'] },
            progress: { description: 'A field that no supplement knows.', type: 'integer' },
          },
        },
      },
    },
  })
  // Only the supplements used it.
  expect(schemasOf(document)).not.toHaveProperty('UploadPath')
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

test('a response of another shape gets its own component while others use the old one', () => {
  const text = published('upload-stream.yaml').replaceAll('filePath', 'path')
  expect(schemasOf(merged(text))).toMatchObject({
    UploadedFile: { properties: { filePath: {} } },
    UploadFileStreamData: { properties: { path: {} } },
  })
})

test('the order of the documents does not matter', () => {
  expect(merged(...all.toReversed())).toEqual(merged(...all))
})

test('two documents of one operation are an error', () => {
  expect(() => merged(published('credits.yaml'), published('credits.yaml'))).toThrow(
    'Two documents describe the operation GET /api/v1/chat/credit',
  )
})
