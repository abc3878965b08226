import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isObject, type JsonObject } from '../compile/json.ts'
import { merge } from '../compile/merge.ts'
import { readPublished } from '../compile/published.ts'
import { parse } from '../compile/read.ts'
import { applyRules } from '../compile/rules.ts'
import { modelsOf } from '../generate/document.ts'
import { generateDescriptor } from '../generate/models.ts'
import { generateTypes } from '../generate/types.ts'
import { readSupplements } from './supplements.ts'

const painter = await readFile(join(import.meta.dirname, 'fixtures/painter.yaml'), 'utf8')
const supplements = await readSupplements()

/** What documents become, without the overlays, which they do not need. */
async function become(...texts: string[]): Promise<{ document: JsonObject; input: JsonObject; types: string; descriptor: string }> {
  const documents = texts.map((text, index) => {
    const document = readPublished(parse(text, `document ${index}`).value, `document ${index}`)
    applyRules(document)
    return document
  })
  const document = merge(supplements, documents)
  const [model] = modelsOf(document)
  if (!model) throw new Error('There is no model')
  return { document, input: model.input, types: await generateTypes(document), descriptor: generateDescriptor(model) }
}

function edited(...edits: [before: string, after: string][]): string {
  return edits.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`${before} is not there`)
    return text.replace(before, after)
  }, painter)
}

/** Real documents of this family are untidy. What can be read without guessing is read. */
describe('a quirk of published documents does no harm', () => {
  test.each<[string, string]>([
    [
      'a security scheme that OpenAPI does not know',
      `${painter}components:\n  securitySchemes:\n    BearerAuth:\n      type: bearer\n      scheme: bearer\n`,
    ],
    ['a component with spaces in its name', `${painter}components:\n  schemas:\n    response not with recordId:\n      type: object\n`],
    ['no operationId', edited(['      operationId: atelier-painter-2-5\n', ''])],
    [
      'keywords of 3.1 in a document of 3.0',
      edited(['maxLength: 50', 'maxLength: 50\n                      examples: [a cat]'], ['openapi: 3.0.0', 'openapi: 3.0.1']),
    ],
    [
      'an example that is a string',
      edited([
        '              model: atelier/painter-2.5\n              input:\n                prompt: a cat\n                strength: 0.5\n                frame:\n                  colour: black\n',
        "              '{ // a comment'\n",
      ]),
    ],
    ['an example of another type', edited(['strength: 0.5', "strength: '0.5'"])],
    ['a default outside its enum', edited(['enum: [black, white]', 'enum: [black, white]\n                          default: Any'])],
    ['no title and no description', edited(['  title: Painter\n', "  title: ''\n  description: ''\n"])],
    ['a field of its own at the top', painter],
    ['a body that is not said to be required', edited(['        required: true\n', ''])],
    [
      'null as the example of an answer',
      edited([
        '                      taskId:\n                        type: string\n',
        '                      taskId:\n                        type: string\n              example:\n                code: 500\n                data: null\n',
      ]),
    ],
  ])('%s', async (_, text) => {
    const { types, descriptor, input } = await become(text)
    expect(types).toContain('AtelierPainter2_5Request')
    expect(descriptor).toContain("defineModel('atelier/painter-2.5', fields)")
    expect(input).toMatchObject({
      required: ['prompt'],
      properties: { prompt: { maxLength: 50 }, frame: { properties: { colour: { enum: ['black', 'white'] } } } },
    })
  })

  test('names and values with spaces stay as they are: the service may mean them', async () => {
    const { input, descriptor } = await become(edited(['image_urls:', '"image_urls ":'], ['[black, white]', "[black, ' 1:8 ']"]))
    expect(isObject(input.properties) && Object.keys(input.properties)).toContain('image_urls ')
    expect(descriptor).toContain("' 1:8 '")
  })

  test('digits in strings stay strings, and nothing is coerced', async () => {
    const { types } = await become(edited(['[black, white]', "['5', '10']"]))
    expect(types).toContain('colour: "5" | "10"')
  })

  test('a nullable field is one, also in a document of 3.0', async () => {
    const { types } = await become(edited(['maxLength: 50', 'maxLength: 50\n                      nullable: true']))
    expect(types).toMatch(/prompt: string \| null/)
  })

  test('the same operationId in two documents is no conflict', async () => {
    const { document } = await become(painter, painter.replaceAll('atelier/painter-2.5', 'atelier/carver'))
    expect(modelsOf(document).map(({ id }) => id)).toEqual(['atelier/carver', 'atelier/painter-2.5'])
  })

  test('names that differ only in their punctuation are told apart, or refused', async () => {
    const { types } = await become(painter, painter.replaceAll('atelier/painter-2.5', 'atelier/painter-25'))
    expect(types).toContain('AtelierPainter25Request')
    expect(types).toContain('AtelierPainter2_5Request')
    await expect(become(painter, painter.replaceAll('atelier/painter-2.5', 'atelier/painter-2-5'))).rejects.toThrow(
      'would share the component name AtelierPainter2_5',
    )
  })
})
