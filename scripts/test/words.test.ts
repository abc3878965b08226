import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const rules: {
  readonly words: readonly { readonly match: string; readonly instead: string }[]
  readonly exceptions: readonly string[]
} = parse(readFileSync(join(root, 'scripts/words.yaml'), 'utf8'))

const TEXT = /\.(ts|tsx|js|md|ya?ml|css|html)$/
const NOT_OURS =
  /generated|^released|^specs\/(upstream|openapi)|fixtures\/|pnpm-lock|scripts\/words\.yaml/

/** Every dropped word of a text, with its line and the term to use instead. */
function droppedWords(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    rules.words
      .filter(({ match }) => new RegExp(match, 'i').test(line))
      .filter(() => !rules.exceptions.some((exception) => line.includes(exception)))
      .map(({ match, instead }) => `${file}:${index + 1}: ${match} -> ${instead}`),
  )
}

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => TEXT.test(file) && !NOT_OURS.test(file))

test('files use none of the dropped words', () => {
  const found = files.flatMap((file) => droppedWords(file, readFileSync(join(root, file), 'utf8')))
  expect(found).toEqual([])
})

test('a dropped word is found with its line', () => {
  expect(droppedWords('a.ts', `// fine\n// Te${'lls'} whoe${'ver'} asks.`)).toHaveLength(2)
})
