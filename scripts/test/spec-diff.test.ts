import { expect, test } from 'vitest'
import { table } from '../diff/diff.ts'

test('words of strangers stay words: no link, mention, tag or comment, and no cell of their own', () => {
  const hostile = 'closes #1 @octocat <img src=x> <!-- `code` a|b \\|\r\n| c | \u001B[2J'
  const row = { subject: hostile, place: hostile, property: '', kind: 'modified', impact: 'patch', text: hostile } as const
  const cell = "`closes #1 @octocat <img src=x> <!-- 'code' a\\|b \\\\\\| \\| c \\| [2J`"
  const judges = { redocly: 'patch', types: 'none' } as const
  const [, , ...rows] = table({ bump: 'patch', judges, reasons: [], changes: [row] }).split('\n')
  expect(rows).toEqual([`| ${cell} | ${cell} | modified | patch | ${cell} |`])
})
