import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { objectAt, type JsonObject } from '../../spec/compile/json.ts'
import { merge } from '../../spec/compile/merge.ts'
import { readPublished } from '../../spec/compile/published.ts'
import { parse } from '../../spec/compile/read.ts'
import { applyRules } from '../../spec/compile/rules.ts'
import { diff, table } from '../../spec/diff/diff.ts'
import { comparePackages } from '../../spec/diff/packages.ts'
import { compareStructure } from '../../spec/diff/structure.ts'
import { compareTypes } from '../../spec/diff/types.ts'
import { fixture } from '../fixtures.ts'
import { readSupplements } from './supplements.ts'

const supplements = await readSupplements()
const pad = ' '.repeat(20)
const mask = `${pad}mask:\n${pad}  type: string\n${pad}  description: 'A mask (Accepted types: image/png; Max size: 10.0MB)'\n`
const painter = (await readFile(fixture('painter.yaml'), 'utf8')).replace(
  `${pad}prompt:`,
  `${mask}${pad}prompt:`,
)

/** The compiled document of the painter, as published or with an edit. */
function painted(before = '', after = ''): JsonObject {
  if (!painter.includes(before)) {
    throw new Error(`${before} is not there`)
  }
  const document = readPublished(
    parse(painter.replace(before, after), 'painter.yaml').value,
    'painter.yaml',
  )
  applyRules(document)
  return merge(supplements, [document])
}

const base = painted()

/** The compiled document with a part changed. */
function changed(path: string[], change: (part: JsonObject) => void): JsonObject {
  const copy = structuredClone(base)
  change(objectAt(copy, path, 'the document'))
  return copy
}

const credit = ['paths', '/api/v1/chat/credit', 'get']
const linked = ['paths', '/api/v1/common/download-url', 'post']
const details = ['paths', '/api/v1/jobs/recordInfo', 'get']
const schemas = ['components', 'schemas']
const input = [...schemas, 'AtelierPainter2_5Input', 'properties']

describe('a change is rated by what it does to a program', () => {
  test.each<[title: string, bump: string, revision: JsonObject]>([
    [
      'prose does not say any more that a field takes a file',
      'major',
      painted('(Accepted types: image/png; Max size: 10.0MB)', 'as a PNG'),
    ],
    [
      'prose says that a field takes a file',
      'minor',
      painted('maxLength: 50', "maxLength: 50\n                      description: 'Max size: 1MB'"),
    ],
    ['only smaller files are taken', 'major', painted('10.0MB', '9.5MB')],
    ['larger files are taken', 'minor', painted('10.0MB', '20MB')],
    ['the size of files is not told any more', 'major', painted('; Max size: 10.0MB', '')],
    ['one more type of file is taken', 'minor', painted('image/png;', 'image/png, image/webp;')],
    ['another type of file is taken', 'major', painted('image/png;', 'image/webp;')],
    ['a default is gone', 'major', painted('default: 0.8', '')],
    ['a default is another', 'minor', painted('default: 0.8', 'default: 0.5')],
    [
      'a default is new',
      'minor',
      changed([...input, 'prompt'], (field) => (field.default = 'a cat')),
    ],
    ['a limit is gone', 'major', painted('maxLength: 50', '')],
    [
      'a default is gone where the input is put together of two parts now',
      'major',
      changed(schemas, (components) => {
        const part = structuredClone(
          objectAt(components, ['AtelierPainter2_5Input'], 'the document'),
        )
        delete objectAt(part, ['properties', 'strength'], 'the document').default
        components.AtelierPainter2_5Input = { allOf: [part, { type: 'object', properties: {} }] }
      }),
    ],
    ['prose is another', 'none', painted('A mask', 'The mask')],
    [
      'an operation without parameters takes an optional one',
      'major',
      changed(
        credit,
        (operation) =>
          (operation.parameters = [{ name: 'currency', in: 'query', schema: { type: 'string' } }]),
      ),
    ],
    [
      'an operation without a body takes an optional one',
      'major',
      changed(
        details,
        (operation) =>
          (operation.requestBody = {
            content: { 'application/json': { schema: { type: 'object' } } },
          }),
      ),
    ],
    [
      'an operation with parameters takes one more, which is for the compiler',
      'none',
      changed(
        details,
        ({ parameters }) =>
          Array.isArray(parameters) &&
          parameters.push({ name: 'verbose', in: 'query', schema: {} }),
      ),
    ],
    [
      'a state is not known any more',
      'minor',
      changed(
        [...schemas, 'TaskDetails', 'properties', 'state'],
        (state) => (state['x-extensible-enum'] = ['waiting', 'success', 'fail']),
      ),
    ],
    [
      'a component is gone',
      'minor',
      changed(schemas, (components) => delete components.UploadFileName),
    ],
  ])('%s: %s', (_, bump, revision) => {
    expect(comparePackages(base, revision).bump).toBe(bump)
  })

  test('the verdict is the highest of all judges, and the table says why', async () => {
    const found = await diff(
      base,
      painted('(Accepted types: image/png; Max size: 10.0MB)', 'as a PNG'),
    )
    expect(found).toMatchObject({
      bump: 'major',
      judges: { redocly: 'patch', types: 'major', packages: 'major' },
    })
    expect(table(found)).toContain(
      '| `atelier/painter-2.5` | `input.mask x-apikley-media` | removed | major |',
    )
  })

  test('another default in the body of an operation is minor', async () => {
    const url = [
      ...linked,
      'requestBody',
      'content',
      'application/json',
      'schema',
      'properties',
      'url',
    ]
    const latest = changed(
      url,
      (field) => (field.default = 'https://files.example.com/latest.webp'),
    )
    expect((await compareStructure(base, latest)).bump).toBe('minor')
  })

  test('a field more in one form of an input is minor, a field less is major', async () => {
    const frames = (...more: string[]): JsonObject =>
      changed([...input, 'frame'], (frame) => {
        for (const keyword of Object.keys(frame)) {
          delete frame[keyword]
        }
        const form = (...names: string[]): JsonObject => ({
          type: 'object',
          required: names.slice(0, 1),
          properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
        })
        frame.oneOf = [form('colour', ...more), form('width', 'colour', 'gloss')]
      })
    expect(await compareTypes(frames('gloss'), frames('gloss', 'grain'))).toMatchObject({
      bump: 'minor',
    })
    expect(await compareTypes(frames('gloss', 'grain'), frames('gloss'))).toMatchObject({
      bump: 'major',
    })
    expect(await compareTypes(frames('gloss'), frames())).toMatchObject({ bump: 'major' })
  })
})

test('words of strangers stay words: no link, mention, tag or comment, and no cell of their own', () => {
  const hostile = 'closes #1 @octocat <img src=x> <!-- `code` a|b \\|\r\n| c | \u001B[2J'
  const row = {
    subject: hostile,
    place: hostile,
    property: '',
    kind: 'modified',
    impact: 'patch',
    text: hostile,
  } as const
  const cell = "`closes #1 @octocat <img src=x> <!-- 'code' a\\|b \\\\\\| \\| c \\| [2J`"
  const judges = { redocly: 'patch', types: 'none', packages: 'none' } as const
  const [, , ...rows] = table({ bump: 'patch', judges, reasons: [], changes: [row] }).split('\n')
  expect(rows).toEqual([`| ${cell} | ${cell} | modified | patch | ${cell} |`])
})
