import { expect, test } from 'vitest'
import { diff, toVerdict } from '../../spec/diff/diff.ts'
import { highest } from '../../spec/diff/version-rules.ts'
import { compareTypes } from '../../spec/diff/compare-types.ts'
import { edited, mergeTexts, painter } from './documents.ts'

test('the verdict has its reasons', async () => {
  const base = mergeTexts(painter)
  const revision = mergeTexts(edited(painter, ['maxLength: 50', 'maxLength: 49']))
  expect(toVerdict(await diff(base, revision))).toBe(
    'Verdict: major\n- major: `atelier/painter-2.5: input.prompt maxLength: 50 → 49`',
  )
})

/** A model whose frame has two forms. */
function twoForms(model: string, ...fields: string[]): string {
  const form = (...names: string[]): string => {
    const properties = names.map((name) => `${name}: { type: string }`).join(', ')
    return `{ type: object, required: [${names[0]}], properties: { ${properties} } }`
  }
  const oneOf = `oneOf: [${form('colour', ...fields)}, ${form('width', 'colour', 'gloss')}]`
  const text = painter.replaceAll('painter-2.5', model)
  const properties = '                      properties:\n                        colour:'
  return edited(
    text,
    ['frame:\n                      type: object\n', 'frame:\n'],
    [
      properties,
      `                      ${oneOf}\n                      unused:\n                        colour:`,
    ],
  )
}

test('a new field in one form of an input is minor, and a removed one is major', async () => {
  const reasons = await compareTypes(
    mergeTexts(twoForms('adds', 'gloss'), twoForms('removes', 'gloss')),
    mergeTexts(twoForms('adds', 'gloss', 'grain'), twoForms('removes')),
  )
  const rate = (model: string): string =>
    highest(reasons.filter(({ message }) => message.includes(model)).map(({ bump }) => bump))
  expect([rate('adds'), rate('removes')]).toEqual(['minor', 'major'])
})

test('text from a document cannot act as a link, mention, tag or comment', () => {
  const message = 'closes #1 @octocat <img src=x> <!-- `code`\r\n- \u001B[2J'
  expect(toVerdict({ bump: 'major', reasons: [{ bump: 'major', message }] })).toBe(
    "Verdict: major\n- major: `closes #1 @octocat <img src=x> <!-- 'code' - [2J`",
  )
})
