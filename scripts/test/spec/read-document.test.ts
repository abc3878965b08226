import { describe, expect, test } from 'vitest'
import { parse } from '../../spec/compile/read-document.ts'
import { extract } from '../../spec/sync/extract.ts'
import { page, painter } from './documents.ts'

describe('extract', () => {
  test('a page gives its document byte for byte, and the name of the document', () => {
    const { text, spec } = extract(page, 'page')
    expect(spec).toBe('market/atelier/sketcher')
    expect(page).toContain(text)
    expect(text).toMatch(/^openapi: 3\.0\.0\n/)
    expect(text).toMatch(/\n {24}type: string\n$/)
  })

  test.each([
    ['a document', painter],
    ['a document in JSON', '{"openapi":"3.0.0"}'],
    ['a document with unusual keys', `${painter}x-tool/info: 1\n'tags': []\n`],
  ])('%s is returned as it is', (_, text) => {
    expect(extract(text, 'document').text).toBe(text)
  })

  test.each([
    [
      'fences',
      '# Sketcher\n\n```yaml\nopenapi: 3.0.0\ninfo:\n  title: a\n```\n\nopen: the end\n',
      'openapi: 3.0.0\ninfo:\n  title: a\n',
    ],
    [
      'prose that looks like a key',
      "Sketcher\n\nopenapi: 3.0.0\n'paths': {}\nx-tool/info: 1\n\nNote: this is beta\n",
      "openapi: 3.0.0\n'paths': {}\nx-tool/info: 1\n",
    ],
  ])('a document ends before %s', (_, text, document) => {
    expect(extract(text, 'page').text).toBe(document)
  })

  test.each([
    ['no document', 'There is nothing here.', 'there is no line that begins with "openapi:"'],
    ['two documents', 'openapi: 3.0.0\n\nand\n\nopenapi: 3.0.0\n', 'there are 2 OpenAPI blocks'],
  ])('a page with %s is refused', (_, text, message) => {
    expect(() => extract(text, 'page')).toThrow(message)
  })
})

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...Array.from('bcdefghij', (name, index) => {
    const previous = `*${'abcdefghij'[index]}`
    return `${name}: &${name} [${Array(9).fill(previous).join(', ')}]`
  }),
].join('\n')
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}`
const tooDeep = /^document: nests deeper than 100 levels$/

test.each<[string, string, RegExp]>([
  ['an alias bomb', bomb, /^document: .*alias/i],
  ['very deep nesting', nested(5000), tooDeep],
  ['slightly too deep nesting', nested(150), tooDeep],
  ['a key __proto__', 'a:\n  __proto__:\n    polluted: true\n', /may not be called __proto__$/],
  ['a key __proto__ in JSON', '{"a":{"__proto__":{"polluted":true}}}', /called __proto__$/],
  ['a key constructor', 'constructor: {}', /^document: a key may not be called constructor$/],
  ['a key toString', 'a:\n  toString: {}\n', /^document: a key may not be called toString$/],
  [
    'a reference to a file',
    "a:\n  $ref: '../../etc/passwd'\n",
    /^document: a reference leaves the document: "..\/..\/etc\/passwd"$/,
  ],
  [
    'a reference to a host',
    "a:\n  $ref: 'http://127.0.0.1/a.yaml#/x'\n",
    /^document: a reference leaves the document/,
  ],
  ['a custom tag', 'a: !!js/function "x"\n', /^document: .*tag/i],
  ['a duplicate key', 'a: 1\na: 2\n', /^document: .*unique/i],
  ['a list at the top', '- a\n', /^document is not a YAML mapping$/],
  ['broken YAML', 'a: 1\nb: [\n', /^document: .* at line \d+$/],
])('%s is refused with one line', (_, text, message) => {
  let refusal = ''
  try {
    parse(text, 'document')
  } catch (error) {
    refusal = error instanceof Error ? error.message : ''
  }
  expect(refusal).toMatch(message)
  expect(refusal.split('\n')).toHaveLength(1)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})
