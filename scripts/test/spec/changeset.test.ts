import { expect, test } from 'vitest'
import { repository } from '../../release/packages.ts'
import { toDiff } from '../../spec/diff/diff.ts'
import { reason, type Reason } from '../../spec/diff/version-rules.ts'
import { changesetText } from '../../spec/sync/changeset.ts'

const removed = reason('model-removed', 'model a is removed')
const added = reason('model-added', 'model b is new')
const gone = reason('operation-removed', 'operation c is removed')

const textFor = (reasons: Reason[], before?: string): Promise<string> =>
  changesetText(repository, toDiff(reasons), before).then((text) => text ?? 'none')

test('a changeset that nobody has edited is replaced', async () => {
  const first = await textFor([removed])
  expect(await textFor([added], first)).toBe(await textFor([added]))
  expect(await textFor([], first)).toBe('none')
})

test.each([
  ['a note', (text: string) => text.replace('Verdict', 'Nobody used it.\n\nVerdict')],
  ['other words', (text: string) => text.replace('`model a is removed`', 'model a had no users')],
])('a changeset with %s stays, and new reasons are added below', async (_, change) => {
  const edited = change(await textFor([removed]))
  expect(await textFor([removed], edited)).toBe(edited)
  expect(await textFor([], edited)).toBe(edited)
  const more = await textFor([removed, added], edited)
  const [kept = ''] = edited.split('\n<!--')
  expect(more.replace(/\n<!--.*\n/, '')).toBe(`${kept}- minor: \`model b is new\`\n`)
  expect(await textFor([removed, added], more)).toBe(more)
})

test('a new reason raises a bump that a maintainer has lowered, if it calls for more', async () => {
  const edited = (await textFor([removed])).replaceAll(': minor', ': patch')
  expect(await textFor([removed, added], edited)).toContain("'@apikley/types': minor\n")
  expect(await textFor([removed, gone], edited)).toContain("'@apikley/types': minor\n")
})
