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
})

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...Array.from('bcdefghij', (name, index) => {
    const previous = `*${'abcdefghij'[index]}`
    return `${name}: &${name} [${Array(9).fill(previous).join(', ')}]`
  }),
].join('\n')
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}`
test.each([
  ['an alias bomb', bomb, 'alias'],
  ['deep nesting', nested(5000), 'nests deeper than 100 levels'],
  ['slightly too deep nesting', nested(150), 'nests deeper than 100 levels'],
  ['a key __proto__', 'a:\n  __proto__:\n    polluted: true\n', 'may not be called __proto__'],
  ['a key __proto__ in JSON', '{"a":{"__proto__":{"polluted":true}}}', 'called __proto__'],
  ['a key toString', 'a:\n  toString: {}\n', 'a key may not be called toString'],
  ['a reference to a file', "a:\n  $ref: '../passwd'\n", 'leaves the document: "../passwd"'],
  ['a reference to a host', "a:\n  $ref: 'http://a.b/c.yaml#/x'\n", 'leaves the document'],
  ['a custom tag', 'a: !!js/function "x"\n', 'tag'],
  ['a duplicate key', 'a: 1\na: 2\n', 'unique'],
  ['a list at the top', '- a\n', 'is not a YAML mapping'],
  ['broken YAML', 'a: 1\nb: [\n', 'at line 3'],
])('%s is refused with one line', (_, text, message) => {
  expect(() => parse(text, 'document')).toThrow(/^document.+$/)
  expect(() => parse(text, 'document')).toThrow(message)
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
})
