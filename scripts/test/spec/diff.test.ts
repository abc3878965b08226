import { expect, test } from 'vitest'
import type { JsonObject } from '../../spec/compile/json.ts'
import { diff, toVerdict } from '../../spec/diff/diff.ts'
import { highest } from '../../spec/diff/version-rules.ts'
import { compareTypes } from '../../spec/diff/types.ts'
import { edited, mergeTexts, painter } from './documents.ts'

test('the verdict has its reasons', async () => {
  const base = mergeTexts(painter)
  const revision = mergeTexts(edited(painter, ['maxLength: 50', 'maxLength: 49']))
  expect(toVerdict(await diff(base, revision))).toBe(
    'Verdict: major\n- major: `atelier/painter-2.5: input.prompt maxLength: 50 → 49`',
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
  expect(await rate(['gloss'], [])).toBe('major')
})

test('text from a document cannot act as a link, mention, tag or comment', () => {
  const message = 'closes #1 @octocat <img src=x> <!-- `code`\r\n- \u001B[2J'
  expect(toVerdict({ bump: 'major', reasons: [{ bump: 'major', message }] })).toBe(
    "Verdict: major\n- major: `closes #1 @octocat <img src=x> <!-- 'code' - [2J`",
  )
})
