import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isObject, valueAt, type JsonObject } from '../../spec/compile/json.ts'
import { loopbackCallback } from '../../spec/compile/document-rules.ts'
import { bodyCases, type RequestCases } from '../../spec/generate/contract-table.ts'
import { modelsOf, operationsOf } from '../../spec/generate/document.ts'
import { descriptorName, generateDescriptor } from '../../spec/generate/models.ts'
import { generateKnownValues, generateTypes } from '../../spec/generate/types.ts'
import { extract } from '../../spec/sync/extract.ts'
import { fixture } from '../fixtures.ts'
import { edited, mergeTexts, painter } from './documents.ts'

type Result = { document: JsonObject; input: string; descriptor: string }

/** What is generated from the painter with another text. */
function paint(before: string, after: string): Result {
  const document = mergeTexts(edited(painter, [before, after]))
  const [model] = modelsOf(document)
  if (!model) {
    throw new Error('There is no model')
  }
  return { document, input: JSON.stringify(model.input), descriptor: generateDescriptor(model) }
}

const rename = (id: string): string => painter.replaceAll('atelier/painter-2.5', id)

describe('names of a document cannot break the generated code', () => {
  test.each([
    ['ideogram/v3-reframe', 'v3Reframe'],
    ['wan/2-6-text-to-video', 'wan2_6TextToVideo'],
    ['google/new', 'googleNew'],
    ['atelier/fields', 'atelierFields'],
  ])('the descriptor of %s is called %s', (id, name) => {
    expect(descriptorName(id)).toBe(name)
  })

  test.each(['4o-image', 'new', 'fields'])('the model %s cannot have a descriptor', (id) => {
    expect(() => descriptorName(id)).toThrow(`The model ${id} cannot be exported`)
  })

  test('a field name that contains code stays a name', async () => {
    const name = "x': 1 }\nexport const owned = 1\nexport interface More { 'y"
    const page = await readFile(fixture('operations/task-details.txt'), 'utf8')
    const details = extract(page.replace('queuePosition', JSON.stringify(name)), 'page').text
    const document = mergeTexts(painter, details)
    const properties = valueAt(document, 'components', 'schemas', 'TaskDetails', 'properties')
    if (isObject(properties)) {
      properties[name] = { type: 'string', 'x-extensible-enum': ['a'] }
    }
    const exports = generateKnownValues(document).match(/^export.*$/gm)
    expect(exports).toEqual(['export interface KnownValues {'])
  })

  test('a model cannot take the name of an existing component', () => {
    expect(() => mergeTexts(rename('create-task'))).toThrow(
      'The model create-task would need the component name CreateTaskRequest, which is taken',
    )
  })

  test('model ids that differ in punctuation get different names, or are refused', () => {
    const schemas = valueAt(mergeTexts(painter, rename('atelier/painter-25')), 'components')
    expect(schemas).toMatchObject({
      schemas: { AtelierPainter25Request: {}, AtelierPainterV25Request: {} },
    })
    expect(() => mergeTexts(painter, rename('atelier/painter-2-5'))).toThrow(
      'would need the component name AtelierPainterV25Input, which is taken',
    )
  })
})

const indent = ' '.repeat(22)
const colours = 'enum: [black, white]'

test('names and values with spaces stay as they are: the service may mean them', () => {
  expect(paint('image_urls:', '"image_urls ":').input).toContain('"image_urls ":')
  expect(paint(colours, "enum: [black, ' 1:8 ']").descriptor).toContain("' 1:8 '")
})

test('an input has the fields of its allOf members', () => {
  const required = '                  required: [prompt]\n'
  const mask = '{ type: object, required: [mask], properties: { mask: { type: string } } }'
  const { descriptor } = paint(required, `${required}                  allOf: [${mask}]\n`)
  expect(descriptor).toMatch(/mask: \{\s+required: true/)
})

/** The contract cases of the first model. */
function casesOf(document: JsonObject): RequestCases | undefined {
  const create = operationsOf(document).find(({ body }) => body?.byModel)?.body
  return create && bodyCases(document, create, modelsOf(document)[0])
}

test('a test of limits sends only values of the enum', () => {
  const { document } = paint('minimum: 0.1', `minimum: 0.1\n${indent}enum: [0.1, 1]`)
  expect(casesOf(document)?.fields.input?.fields?.strength).toEqual({
    required: false,
    values: [0.1, 1],
    refused: ['no-such-value', 'of another type'],
  })
})

test('contract tests send a callback URL only for a model that requires one', () => {
  const sent = (text: string): JsonObject | undefined => casesOf(mergeTexts(text))?.value
  const input = '              input:\n                prompt: a cat\n'
  const callback: [string, string] = [
    input,
    `              callBackUrl: https://your-domain.com/callback\n${input}`,
  ]
  expect(sent(edited(painter, callback))).not.toHaveProperty('callBackUrl')
  expect(
    sent(edited(painter, callback, ['required: [model]', 'required: [model, callBackUrl]'])),
  ).toHaveProperty('callBackUrl', loopbackCallback)
})

test('YAML merge keys are merged', () => {
  const { input } = paint(`${colours}\n`, `${colours}\n${indent}    <<: { maxLength: 5 }\n`)
  expect(input).toContain('"maxLength":5')
  expect(input).not.toContain('<<')
})

test('digits in strings stay strings, and nullable of 3.0 becomes a union with null', async () => {
  const text = edited(painter, [colours, "enum: ['5', '10']"])
  const nullable = edited(text, ['maxLength: 50', `maxLength: 50\n${indent}nullable: true`])
  const types = await generateTypes(mergeTexts(nullable))
  expect(types).toContain('colour: "5" | "10"')
  expect(types).toMatch(/prompt: string \| null/)
})

test('two documents may have the same operationId', () => {
  const models = modelsOf(mergeTexts(painter, rename('atelier/carver')))
  expect(models.map(({ id }) => id)).toEqual(['atelier/carver', 'atelier/painter-2.5'])
})
