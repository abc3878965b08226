import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isObject, type JsonObject } from '../compile/json.ts'
import { merge } from '../compile/merge.ts'
import { readPublished } from '../compile/published.ts'
import { parse } from '../compile/read.ts'
import { loopbackCallback } from '../compile/model-rules.ts'
import { applyRules } from '../compile/rules.ts'
import { requestsOf } from '../generate/contract-cases.ts'
import { modelsOf, operationsOf } from '../generate/document.ts'
import { descriptorName, generateDescriptor } from '../generate/models.ts'
import { generateKnownValues, generateTypes } from '../generate/types.ts'
import { extract } from '../sync/extract.ts'
import { readSupplements } from './supplements.ts'

const painter = await readFile(join(import.meta.dirname, 'fixtures/painter.yaml'), 'utf8')
const supplements = await readSupplements()

/** What documents become, without the overlays, which they do not need. */
async function become(
  ...texts: string[]
): Promise<{ document: JsonObject; input: JsonObject; types: string; descriptor: string }> {
  const documents = texts.map((text, index) => {
    const document = readPublished(parse(text, `document ${index}`).value, `document ${index}`)
    applyRules(document)
    return document
  })
  const document = merge(supplements, documents)
  const [model] = modelsOf(document)
  if (!model) {
    throw new Error('There is no model')
  }
  return {
    document,
    input: model.input,
    types: await generateTypes(document),
    descriptor: generateDescriptor(model),
  }
}

function edited(...edits: [before: string, after: string][]): string {
  return edits.reduce((text, [before, after]) => {
    if (!text.includes(before)) {
      throw new Error(`${before} is not there`)
    }
    return text.replace(before, after)
  }, painter)
}

describe('what a document calls things cannot break the generated code', () => {
  test.each([
    ['ideogram/v3-reframe', 'v3Reframe'],
    ['elevenlabs/4o-image', 'elevenlabs4oImage'],
    ['4o-image', 'model4oImage'],
    ['google/new', 'googleNew'],
    ['new', 'modelNew'],
    ['atelier/fields', 'atelierFields'],
    ['fields', 'modelFields'],
  ])('%s is described by %s', (id, name) => {
    expect(descriptorName(id)).toBe(name)
  })

  test('a field of an answer whose name is code stays a name', async () => {
    const name = "x': 1 }\nexport const owned = 1\nexport interface More { 'y"
    const page = await readFile(
      join(import.meta.dirname, 'fixtures/operations/task-details.txt'),
      'utf8',
    )
    const details = readPublished(
      parse(extract(page.replace('queuePosition', JSON.stringify(name)), 'page').text, 'page')
        .value,
      'page',
    )
    const painted = readPublished(parse(painter, 'painter').value, 'painter')
    if (details.kind === 'operation' && isObject(details.answer.data?.properties)) {
      details.answer.data.properties[name] = { type: 'string', 'x-extensible-enum': ['a'] }
    }
    const values = generateKnownValues(merge(supplements, [painted, details]))
    expect(values.split('\n').filter((line) => line.startsWith('export'))).toEqual([
      'export interface KnownValues {',
    ])
  })

  test('a model cannot take the name of a component that is here', async () => {
    await expect(become(painter.replaceAll('atelier/painter-2.5', 'create-task'))).rejects.toThrow(
      'The model create-task would need the component name CreateTaskRequest, which is taken',
    )
  })
})

/** Real documents of this family are untidy. What can be read without guessing is read. */
describe('a quirk of published documents does no harm', () => {
  test.each<[string, string]>([
    [
      'a security scheme that OpenAPI does not know',
      `${painter}components:\n  securitySchemes:\n    BearerAuth:\n      type: bearer\n      scheme: bearer\n`,
    ],
    [
      'a component with spaces in its name',
      `${painter}components:\n  schemas:\n    response not with recordId:\n      type: object\n`,
    ],
    ['no operationId', edited(['      operationId: atelier-painter-2-5\n', ''])],
    [
      'keywords of 3.1 in a document of 3.0',
      edited(
        ['maxLength: 50', 'maxLength: 50\n                      examples: [a cat]'],
        ['openapi: 3.0.0', 'openapi: 3.0.1'],
      ),
    ],
    [
      'an example that is a string',
      edited([
        '              model: atelier/painter-2.5\n              input:\n                prompt: a cat\n                strength: 0.5\n                frame:\n                  colour: black\n',
        "              '{ // a comment'\n",
      ]),
    ],
    ['an example of another type', edited(['strength: 0.5', "strength: '0.5'"])],
    [
      'a default outside its enum',
      edited([
        'enum: [black, white]',
        'enum: [black, white]\n                          default: Any',
      ]),
    ],
    [
      'no title and no description',
      edited(['  title: Painter\n', "  title: ''\n  description: ''\n"]),
    ],
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
      properties: {
        prompt: { maxLength: 50 },
        frame: { properties: { colour: { enum: ['black', 'white'] } } },
      },
    })
  })

  test('names and values with spaces stay as they are: the service may mean them', async () => {
    const { input, descriptor } = await become(
      edited(['image_urls:', '"image_urls ":'], ['[black, white]', "[black, ' 1:8 ']"]),
    )
    expect(isObject(input.properties) && Object.keys(input.properties)).toContain('image_urls ')
    expect(descriptor).toContain("' 1:8 '")
  })

  test('fields that an input takes from another schema are fields of it', async () => {
    const { descriptor } = await become(
      edited([
        '                  required: [prompt]\n',
        '                  required: [prompt]\n                  allOf: [{ type: object, required: [mask], properties: { mask: { type: string } } }]\n',
      ]),
    )
    expect(descriptor).toMatch(/mask: \{\s+required: true/)
  })

  test('limits beside a list of values ask for no value that is not in it', async () => {
    const { document } = await become(
      edited(['minimum: 0.1', 'minimum: 0.1\n                      enum: [0.1, 1]']),
    )
    const create = operationsOf(document).find(({ body }) => body?.byModel)
    const [body] = create ? requestsOf(document, create, modelsOf(document)[0]) : []
    expect(body?.fields.input?.fields.strength).toMatchObject({
      values: [0.1, 1],
      accepted: [],
      refused: expect.not.arrayContaining([-0.9]),
    })
  })

  test('a callback that a model requires is sent by its tests, and only then', async () => {
    const sent = async (text: string): Promise<JsonObject | undefined> => {
      const { document } = await become(text)
      const create = operationsOf(document).find(({ body }) => body?.byModel)
      return create && requestsOf(document, create, modelsOf(document)[0])[0]?.value
    }
    const url =
      '              callBackUrl: https://your-domain.com/callback\n              input:\n                prompt: a cat\n'
    const example = '              input:\n                prompt: a cat\n'
    expect(await sent(edited([example, url]))).not.toHaveProperty('callBackUrl')
    expect(
      await sent(edited([example, url], ['required: [model]', 'required: [model, callBackUrl]'])),
    ).toHaveProperty('callBackUrl', loopbackCallback)
  })

  test('keys that YAML merges are merged', async () => {
    const { input } = await become(
      edited([
        '[black, white]\n',
        '[black, white]\n                          <<: { maxLength: 5 }\n',
      ]),
    )
    expect(JSON.stringify(input)).toContain('"maxLength":5')
    expect(JSON.stringify(input)).not.toContain('<<')
  })

  test.each([
    ['another method', ['    post:', '    get: {}\n    post:'], 'has another method, get'],
    [
      'a parameter',
      [
        '      requestBody:',
        '      parameters: [{ name: dry, in: query, schema: { type: boolean } }]\n      requestBody:',
      ],
      'has parameters',
    ],
  ] as const)('%s of createTask is not passed over', async (_, change, message) => {
    await expect(become(edited([...change]))).rejects.toThrow(message)
  })

  test('the key as a header parameter is nothing new', async () => {
    const { types } = await become(
      edited([
        '      requestBody:',
        '      parameters: [{ name: Authorization, in: header, schema: { type: string } }]\n      requestBody:',
      ]),
    )
    expect(types).toContain('AtelierPainter2_5Request')
  })

  test('digits in strings stay strings, and nothing is coerced', async () => {
    const { types } = await become(edited(['[black, white]', "['5', '10']"]))
    expect(types).toContain('colour: "5" | "10"')
  })

  test('a nullable field is one, also in a document of 3.0', async () => {
    const { types } = await become(
      edited(['maxLength: 50', 'maxLength: 50\n                      nullable: true']),
    )
    expect(types).toMatch(/prompt: string \| null/)
  })

  test('the same operationId in two documents is no conflict', async () => {
    const { document } = await become(
      painter,
      painter.replaceAll('atelier/painter-2.5', 'atelier/carver'),
    )
    expect(modelsOf(document).map(({ id }) => id)).toEqual([
      'atelier/carver',
      'atelier/painter-2.5',
    ])
  })

  test('names that differ only in their punctuation are told apart, or refused', async () => {
    const { types } = await become(
      painter,
      painter.replaceAll('atelier/painter-2.5', 'atelier/painter-25'),
    )
    expect(types).toContain('AtelierPainter25Request')
    expect(types).toContain('AtelierPainter2_5Request')
    await expect(
      become(painter, painter.replaceAll('atelier/painter-2.5', 'atelier/painter-2-5')),
    ).rejects.toThrow('would share the component name AtelierPainter2_5')
  })
})
