import { readFile, rm } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { SpecError } from '../../spec/compile/json.ts'
import { validate } from '../../spec/generate/generate.ts'
import { inspectPage, toReport, type Finding } from '../../spec/sync/check.ts'
import { readCatalog } from '../../spec/sync/place.ts'
import type { Validate } from '../../spec/sync/validate.ts'
import { fixture } from '../fixtures.ts'
import { copySpecs, edited, painter } from './documents.ts'

const root = await copySpecs()
afterAll(() => rm(root, { recursive: true }))
const catalog = await readCatalog(root)
const operation = await readFile(fixture('operations/upload-url.yaml'), 'utf8')

/** The finding of a check, and its report. */
async function check(
  page: string,
  validate: Validate = async () => undefined,
): Promise<Finding & { text: string }> {
  const finding = await inspectPage(page, 'downloads/painter.yaml', catalog, validate)
  return { ...finding, text: toReport(finding) }
}

/** The painter with other texts. */
const paint = (...edits: [before: string, after: string][]): string => edited(painter, ...edits)
const stolen = painter.replaceAll('atelier/painter-2.5', 'ideogram/v3-reframe')

test.each([
  ['a new model', painter, 'model      atelier/painter-2.5 (new)'],
  [
    'a known model',
    stolen.replace('atelier-painter-2-5', 'ideogram-v3-reframe'),
    'would replace specs/upstream/market/ideogram/v3-reframe.yaml',
  ],
  [
    'an operation with a supplement',
    operation,
    'POST /api/file-url-upload (would replace its description in specs/supplements/file-upload.yaml)',
  ],
])('a check reports %s', async (_, text, effect) => {
  const report = await check(text)
  expect(report.refusal).toBeUndefined()
  expect(report.text).toContain(effect)
})

test('a check reports the rules that change a document', async () => {
  const rules = (await check(painter)).rules?.map(({ rule }) => rule)
  expect(rules).toEqual(expect.arrayContaining(['input-required', 'media-fields']))
  expect(rules).not.toContain('fitting-examples')
})

test.each([
  ['model:', '                  enum: [atelier/painter-2.5]\n', '', 'schema.properties\n'],
  ['enum: []', '[black, white]', '[]', 'properties.frame.properties.colour.enum\n'],
  ['minLength: -1', 'maxLength: 50', 'minLength: -1', 'properties.prompt.minLength\n'],
  ["pattern: '(", 'maxLength: 50', "pattern: '(?i)^a'", 'properties.prompt.pattern\n'],
])(
  'a refusal has the line of %s and the overlay that fixes it',
  async (place, from, to, target) => {
    const broken = paint([from, to])
    const { text } = await check(broken)
    const line = broken.split('\n').findIndex((each) => each.includes(place)) + 1
    expect(text).toMatch(new RegExp(`refused at line (${line}|${line + 1}): `))
    expect(text).toContain(target)
    expect(text).toContain('extends: ../upstream/market/painter.yaml')
  },
)

/** The painter with a prompt that refers to the first of some schemas. */
function referring(...schemas: string[]): string {
  const components = schemas.map((schema, index) => `    L${index}:\n      ${schema}\n`)
  const prompt = '                      type: string\n                      maxLength: 50'
  const text = paint([prompt, "                      $ref: '#/components/schemas/L0'"])
  return `${text}components:\n  schemas:\n${components.join('')}`
}

/** Each schema refers to the next one twice. */
const levels = Array.from({ length: 20 }, (_, level) => {
  const next = `{ $ref: '#/components/schemas/L${level + 1}' }`
  return `allOf: [${next}, ${next}]`
})

const fields = `application/json:
              schema:
                type: object
                properties:
                  code`
const parameters = 'parameters: [{ name: dry, in: query, schema: { type: boolean } }]'
const oneId = 'should allow exactly one model id'

test.each([
  ['without a document', 'unreadable', 'no line that begins with "openapi:"', '<html>'],
  ['with two documents', 'unreadable', 'there are 2 OpenAPI blocks', `${painter}\n\n${painter}`],
  ['that is broken', 'unreadable', 'Flow sequence', paint(['openapi: 3.0.0', 'openapi: ['])],
  ['of Swagger', 'unsupported', 'is not 3.0 or 3.1', paint(['openapi: 3', 'openapi: 2'])],
  ['with two model ids', 'unsupported', oneId, paint(['2.5]', '2.5, atelier/b]'])],
  ['with a path as its id', 'unsupported', oneId, paint(['[atelier/', '[atelier/../'])],
  [
    'with the id of another model',
    'unsupported',
    'claims the model ideogram/v3-reframe with the operationId',
    stolen,
  ],
  [
    'with the id of another model in its example',
    'unsupported',
    'its example names atelier/carver',
    paint(['model: atelier/painter-2.5', 'model: atelier/carver'], ['painter-2-5', 'carver']),
  ],
  ['without a task id', 'unsupported', 'no string data.taskId', paint(['taskId:', 'jobId:'])],
  [
    'with a field of its own in the response',
    'unsupported',
    'do not have: balance',
    paint(['msg:\n', 'balance:\n']),
  ],
  [
    'with two methods',
    'unsupported',
    'has one operation',
    paint(['    post:', '    get: {}\n    post:']),
  ],
  [
    'with two paths',
    'unsupported',
    'has one operation',
    edited(operation, ['paths:\n', 'paths:\n  /api/v1/other: {}\n']),
  ],
  [
    'with parameters of createTask',
    'unsupported',
    'has parameters',
    paint(['      requestBody:', `      ${parameters}\n      requestBody:`]),
  ],
  [
    'without an envelope',
    'unsupported',
    'is not an envelope with code, msg and data',
    edited(operation, ['code:', 'status:']),
  ],
  [
    'of a chat',
    'unsupported',
    'is a streaming operation',
    paint([fields, fields.replace('application/json', 'text/event-stream')]),
  ],
  [
    'with references that unfold without end',
    'unsupported',
    'unfold to more than 100000 values',
    referring(...levels, 'type: string'),
  ],
  [
    'with a reference to itself',
    'unsupported',
    'lead in a circle',
    referring("$ref: '#/components/schemas/L0'"),
  ],
  [
    'of an undescribed operation, with the supplement that adds it',
    'unsupported',
    '/api/v1/a/{id}:\n        post:\n          operationId: upload-file-url',
    operation.replace('/api/file-url-upload', '/api/v1/a/{id}'),
  ],
])('a document %s is %s', async (_, rule, message, text) => {
  expect((await check(text)).refusal).toMatchObject({
    rule,
    message: expect.stringContaining(message),
  })
})

test('a document that is not valid together with the others is refused', async () => {
  const refuse = (): Promise<never> =>
    Promise.reject(new SpecError('painter.yaml: the linter rejects it'))
  expect(await check(painter, refuse)).toMatchObject({
    refusal: { rule: 'invalid' },
    text: '  refused: painter.yaml: the linter rejects it',
  })
})

/** Only the linter finds these faults. */
test.each([
  ['a field that is required in itself', 'maxLength: 50', 'required: true'],
  ['a limit that is a string', 'minimum: 0.1', "minimum: '0.1'"],
  ['an unknown type', '                      type: number', '                      type: float'],
])('%s is refused by the linter', async (_, before, after) => {
  const { refusal } = await check(paint([before, after]), validate)
  expect(refusal).toMatchObject({
    rule: 'invalid',
    message: expect.stringMatching(/^(line \d+: )?[\w-]+: /),
  })
})

test('an example that contradicts its schema is repaired with a warning', async () => {
  const text = paint(['strength: 0.5\n', 'strength: 0.5\n                old: 1\n'])
  const report = await check(text, validate)
  const line = text.split('\n').findIndex((each) => each.includes('example:')) + 2
  expect(report.text).toContain(`at line ${line}: input.old is not declared and was dropped`)
})
