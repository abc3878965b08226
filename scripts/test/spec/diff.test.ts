import { expect, test } from 'vitest'
import type { JsonObject } from '../../spec/compile/json.ts'
import { diff, toVerdict } from '../../spec/diff/diff.ts'
import { compareFacts } from '../../spec/diff/facts.ts'
import { highest } from '../../spec/diff/reason.ts'
import { compareTypes } from '../../spec/diff/types.ts'
import { edited, mergeTexts, painter } from './documents.ts'

const pad = ' '.repeat(20)
const mask = `${pad}mask:\n${pad}  type: string\n${pad}  description: 'A mask (Accepted types: image/png; Max size: 10.0MB)'\n`
const withMask = edited(painter, [`${pad}prompt:`, `${mask}${pad}prompt:`])
const base = mergeTexts(withMask)

const revise = (before: string, after: string): JsonObject =>
  mergeTexts(edited(withMask, [before, after]))

test.each([
  [
    'a field no longer takes a file',
    'major',
    '(Accepted types: image/png; Max size: 10.0MB)',
    'as a PNG',
  ],
  [
    'a field takes a file',
    'minor',
    'maxLength: 50',
    `maxLength: 50\n${pad}  description: 'Max size: 1MB'`,
  ],
  ['the size limit of a file is lower', 'major', '10.0MB', '9.5MB'],
  ['the size limit of a file is higher', 'minor', '10.0MB', '20MB'],
  ['the size limit of a file is no longer stated', 'major', '; Max size: 10.0MB', ''],
  ['a field takes one more type of file', 'minor', 'image/png;', 'image/png, image/webp;'],
  ['a field takes another type of file', 'major', 'image/png;', 'image/webp;'],
  ['the prose of a field is different', 'none', 'A mask', 'The mask'],
])('%s: %s', (_, bump, before, after) => {
  const reasons = compareFacts(base, revise(before, after))
  expect(highest(reasons.map((reason) => reason.bump))).toBe(bump)
})

test('the verdict has its reasons', async () => {
  const found = await diff(base, revise('(Accepted types: image/png; Max size: 10.0MB)', 'as PNG'))
  expect(toVerdict(found)).toMatch(
    /^Verdict: major\n- major: `atelier\/painter-2\.5: input\.mask x-apikley-media: \{/,
  )
})

test('a new field in one form of an input is minor, and a removed one is major', async () => {
  const forms = (...more: string[]): JsonObject => {
    const form = (...names: string[]): string => {
      const properties = names.map((name) => `${name}: { type: string }`).join(', ')
      return `{ type: object, required: [${names[0]}], properties: { ${properties} } }`
    }
    const oneOf = `oneOf: [${form('colour', ...more)}, ${form('width', 'colour', 'gloss')}]`
    return mergeTexts(
      edited(
        painter,
        [
          '                    frame:\n                      type: object\n',
          '                    frame:\n',
        ],
        [
          '                      properties:\n                        colour:',
          `                      ${oneOf}\n                      unused:\n                        colour:`,
        ],
      ),
    )
  }
  const rate = async (before: string[], after: string[]): Promise<string> =>
    highest((await compareTypes(forms(...before), forms(...after))).map(({ bump }) => bump))
  expect(await rate(['gloss'], ['gloss', 'grain'])).toBe('minor')
  expect(await rate(['gloss', 'grain'], ['gloss'])).toBe('major')
  expect(await rate(['gloss'], [])).toBe('major')
})

test('text from a document cannot act as a link, mention, tag or comment', () => {
  const message = 'closes #1 @octocat <img src=x> <!-- `code`\r\n- \u001B[2J'
  expect(toVerdict({ bump: 'major', reasons: [{ bump: 'major', message }] })).toBe(
    "Verdict: major\n- major: `closes #1 @octocat <img src=x> <!-- 'code' - [2J`",
  )
})
