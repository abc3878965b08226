import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SpecError } from '../../spec/compile/json.ts'
import { parse } from '../../spec/compile/read.ts'
import { repository } from '../../scratch.ts'
import { checkDocument, type Report } from '../../spec/sync/check.ts'
import { extract } from '../../spec/sync/extract.ts'

const fixture = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../fixtures', name), 'utf8')
const painter = await fixture('painter.yaml')

describe('a documentation page', () => {
  test('gives its document byte for byte, and the name that it has there', async () => {
    const page = await fixture('page.txt')
    const { text, spec } = extract(page, 'page')
    expect(spec).toBe('market/atelier/sketcher')
    expect(page).toContain(text)
    expect(text).toMatch(/^openapi: 3\.0\.0\n/)
    expect(text).toMatch(/\n {24}type: string\n$/)
  })

  test('in Markdown, between fences', () => {
    const { text } = extract(
      '# Sketcher\n\n```yaml\nopenapi: 3.0.0\ninfo:\n  title: a\n```\n\nopen: the end\n',
      'page',
    )
    expect(text).toBe('openapi: 3.0.0\ninfo:\n  title: a\n')
  })

  test('a document that is none of these is taken as it is', () => {
    expect(extract(painter, 'painter').text).toBe(painter)
    expect(extract('{"openapi":"3.0.0"}', 'json').text).toBe('{"openapi":"3.0.0"}')
  })

  test('a document is taken to its end, whatever its keys', () => {
    const odd = `${painter}x-tool/info: 1\n'tags': []\n`
    expect(extract(odd, 'painter').text).toBe(odd)
  })

  test('prose behind a document is no part of it, also when it looks like a key', () => {
    const { text } = extract(
      "Sketcher\n\nopenapi: 3.0.0\n'paths': {}\nx-tool/info: 1\n\nNote: this is beta\n",
      'page',
    )
    expect(text).toBe("openapi: 3.0.0\n'paths': {}\nx-tool/info: 1\n")
  })

  test.each([
    ['no document', 'There is nothing here.', 'there is no line that begins with "openapi:"'],
    ['two documents', 'openapi: 3.0.0\n\nand\n\nopenapi: 3.0.0\n', 'there are 2 OpenAPI blocks'],
  ])('with %s is refused', (_, page, message) => {
    expect(() => extract(page, 'page')).toThrow(message)
  })
})

describe('checking a document', () => {
  const check = (
    text: string,
    known = new Map<string, string>(),
    tryOut: () => Promise<void> = async () => {},
  ): Promise<Report> =>
    checkDocument(text, 'downloads/painter.yaml', { root: repository, known, tryOut })

  test('tells the model, what it is called, and which rules change it', async () => {
    const { accepted, text } = await check(painter)
    expect(accepted).toBe(true)
    expect(text).toContain('model   atelier/painter-2.5 (new)')
    expect(text).toContain('AtelierPainter2_5Request')
    expect(text).toContain('prompt*, image_urls, strength, frame')
    for (const rule of ['foreign-server', 'openapi-3.1', 'input-required', 'media-fields']) {
      expect(text).toContain(`rule    ${rule}: `)
    }
    expect(text).not.toContain('fitting-examples')
  })

  test('tells that a model is here already', async () => {
    const known = new Map([
      ['atelier/painter-2.5', 'specs/upstream/market/atelier/painter-2.5.yaml'],
    ])
    const { accepted, text } = await check(painter, known)
    expect(accepted).toBe(true)
    expect(text).toContain('would replace specs/upstream/market/atelier/painter-2.5.yaml')
  })

  test('says why it is refused, on which line, and what overlay would mend it', async () => {
    const broken = painter.replace('                  enum: [atelier/painter-2.5]\n', '')
    const { accepted, text } = await check(broken)
    expect(accepted).toBe(false)
    expect(text).toContain(
      `refused at line ${broken.split('\n').findIndex((line) => line.includes('model:')) + 2}: `,
    )
    expect(text).toContain(
      "target: $.paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json'].schema.properties.model",
    )
    expect(text).toContain('extends: ../upstream/market/painter.yaml')
  })

  test('says so when it cannot be used together with the others', async () => {
    const tryOut = (): Promise<void> =>
      Promise.reject(new SpecError('painter.yaml: the linter rejects it'))
    expect(await check(painter, new Map(), tryOut)).toEqual({
      accepted: false,
      text: '  refused: painter.yaml: the linter rejects it',
    })
  })

  test('an example that contradicts its schema is left out by a rule, not sent', async () => {
    const { text } = await check(
      painter.replace('colour: black\n      responses', 'colour: red\n      responses'),
    )
    expect(text).toContain('rule    fitting-examples: ')
  })
})

describe('what comes from outside is hostile', () => {
  const aliases = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghij'
      .split('')
      .map(
        (name, index) =>
          `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(', ')}]`,
      ),
  ]

  test.each<[string, string, RegExp]>([
    ['an alias bomb', aliases.join('\n'), /^document: .*alias/i],
    [
      'deep nesting',
      `a: ${'['.repeat(5000)}${']'.repeat(5000)}`,
      /^document: nests deeper than 100 levels$/,
    ],
    [
      'nesting that is just too deep',
      `a: ${'['.repeat(150)}${']'.repeat(150)}`,
      /^document: nests deeper than 100 levels$/,
    ],
    [
      'a key that reaches into prototypes',
      'a:\n  __proto__:\n    polluted: true\n',
      /^document: a key may not be called __proto__$/,
    ],
    [
      'the same in JSON',
      '{"a":{"__proto__":{"polluted":true}}}',
      /^document: a key may not be called __proto__$/,
    ],
    ['a constructor', 'constructor: {}', /^document: a key may not be called constructor$/],
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
    ['a tag of its own', 'a: !!js/function "x"\n', /^document: .*tag/i],
    ['a key twice', 'a: 1\na: 2\n', /^document: .*unique/i],
    ['no mapping', '- a\n', /^document is not a YAML mapping$/],
    [
      'the name of what every object has',
      'a:\n  toString: {}\n',
      /^document: a key may not be called toString$/,
    ],
    ['broken YAML, with its line', 'a: 1\nb: [\n', /^document: .* at line \d+$/],
  ])('%s is refused with one clear line', (_, text, message) => {
    let said = ''
    try {
      parse(text, 'document')
    } catch (error) {
      said = error instanceof Error ? error.message : ''
    }
    expect(said).toMatch(message)
    expect(said.split('\n')).toHaveLength(1)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
