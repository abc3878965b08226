import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { SpecError } from '../../spec/compile/json.ts'
import { validate } from '../../spec/generate/generate.ts'
import { inspectPage, toReport } from '../../spec/sync/check.ts'
import { readCatalog } from '../../spec/sync/place.ts'
import type { Validate } from '../../spec/sync/validate.ts'
import { repository } from '../../release/packages.ts'
import { fixture } from '../fixtures.ts'
import { edited, painter } from './documents.ts'

const catalog = await readCatalog(repository)

const check = async (
  page: string,
  validate: Validate = async () => undefined,
  name = 'downloads/painter.yaml',
): Promise<{ isAccepted: boolean; text: string }> => {
  const finding = await inspectPage(page, name, catalog, validate)
  return { isAccepted: !finding.refusal, text: toReport(finding) }
}

test('a check reports the model and the rules that change it', async () => {
  const finding = await inspectPage(painter, 'painter.yaml', catalog, async () => undefined)
  expect(finding.document).toEqual({ kind: 'model', subject: 'atelier/painter-2.5', effect: 'new' })
  const rules = finding.rules?.map(({ rule }) => rule)
  expect(rules).toEqual(expect.arrayContaining(['input-required', 'media-fields']))
  expect(rules).not.toContain('fitting-examples')
  expect(toReport(finding)).toContain('model      atelier/painter-2.5 (new)')
})

test('a check reports the document that would be replaced', async () => {
  const { text } = await check(
    painter
      .replaceAll('atelier/painter-2.5', 'ideogram/v3-reframe')
      .replace('atelier-painter-2-5', 'ideogram-v3-reframe'),
  )
  expect(text).toContain('would replace specs/upstream/market/ideogram/v3-reframe.yaml')
})

test('a check reports the supplement that an operation would replace', async () => {
  const { isAccepted, text } = await check(
    await readFile(fixture('operations/upload-url.yaml'), 'utf8'),
  )
  expect(isAccepted).toBe(true)
  expect(text).toContain(
    'POST /api/file-url-upload (would replace its description in specs/supplements/file-upload.yaml)',
  )
})

test.each([
  ['model:', '                  enum: [atelier/painter-2.5]\n', '', 'schema.properties\n'],
  ['enum: []', '[black, white]', '[]', 'properties.frame.properties.colour.enum\n'],
  ['minLength: -1', 'maxLength: 50', 'minLength: -1', 'properties.prompt.minLength\n'],
  ["pattern: '(", 'maxLength: 50', "pattern: '(?i)^a'", 'properties.prompt.pattern\n'],
])(
  'a refusal has the line of %s and the overlay that fixes it',
  async (place, from, to, target) => {
    const broken = edited(painter, [from, to])
    const { isAccepted, text } = await check(broken)
    expect(isAccepted).toBe(false)
    const line = broken.split('\n').findIndex((each) => each.includes(place)) + 1
    expect(text).toMatch(new RegExp(`refused at line (${line}|${line + 1}): `))
    expect(text).toContain(target)
    expect(text).toContain('extends: ../upstream/market/painter.yaml')
  },
)

test('a document that is not valid together with the others is refused', async () => {
  const refuse = (): Promise<never> =>
    Promise.reject(new SpecError('painter.yaml: the linter rejects it'))
  expect(await check(painter, refuse)).toEqual({
    isAccepted: false,
    text: '  refused: painter.yaml: the linter rejects it',
  })
})

test.each([
  ['unreadable', 'not: [a document'],
  ['unsupported', edited(painter, ['openapi: 3', 'openapi: 2'])],
])('a finding has the rule of a refusal: %s', async (rule, text) => {
  const finding = await inspectPage(text, 'downloads/painter.yaml', catalog, async () => undefined)
  expect(finding).toMatchObject({ file: 'downloads/painter.yaml', refusal: { rule } })
})

test('an example that contradicts its schema is repaired with a warning', async () => {
  const text = edited(painter, ['strength: 0.5\n', 'strength: 0.5\n                old: 1\n'])
  const report = await check(text, validate)
  const line = text.split('\n').findIndex((each) => each.includes('example:')) + 2
  expect(report.isAccepted).toBe(true)
  expect(report.text).toContain(`at line ${line}: input.old is not declared and was dropped`)
})

test('a document cannot take the id of another model', async () => {
  const stolen = painter.replaceAll('atelier/painter-2.5', 'ideogram/v3-reframe')
  const { isAccepted, text } = await check(stolen)
  expect(isAccepted).toBe(false)
  expect(text).toContain('claims the model ideogram/v3-reframe with the operationId')
})

test('an example with another id refuses a document', async () => {
  const other = edited(painter, ['model: atelier/painter-2.5', 'model: atelier/carver']).replace(
    'atelier-painter-2-5',
    'carver',
  )
  const report = await check(other, undefined, 'carver.yaml')
  expect(report.text).toContain('its example names atelier/carver')
  expect(report.text).toContain('- atelier/carver')
})

test('an undescribed operation is refused with the supplement that adds it', async () => {
  const operation = await readFile(fixture('operations/upload-url.yaml'), 'utf8')
  const { isAccepted, text } = await check(
    operation.replace('/api/file-url-upload', '/api/v1/a/{id}'),
  )
  expect(isAccepted).toBe(false)
  expect(text).toContain('/api/v1/a/{id}:')
  expect(text).toContain('operationId: upload-file-url')
})

test('a chat is refused with the reason', async () => {
  const chat = edited(painter, [
    'application/json:\n              schema:\n                type: object\n                properties:\n                  code',
    'text/event-stream:\n              schema:\n                type: object\n                properties:\n                  code',
  ])
  expect((await check(chat)).text).toContain('is a streaming operation')
})
