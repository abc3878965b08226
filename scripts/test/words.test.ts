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

const words = rules.words.map(({ match, instead }) => ({ match: new RegExp(match, 'i'), instead }))

const TEXT = /\.(ts|tsx|js|md|ya?ml|css|html)$/
const NOT_OURS =
  /generated|^released|^specs\/(upstream|openapi)|fixtures\/|pnpm-lock|scripts\/words\.yaml/

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => TEXT.test(file) && !NOT_OURS.test(file))

test('files use none of the dropped words', () => {
  const found = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    return lines.flatMap((line, index) =>
      words
        .filter(({ match }) => match.test(line))
        .filter(() => !rules.exceptions.some((exception) => line.includes(exception)))
        .map(({ match, instead }) => `${file}:${index + 1}: ${match.source} -> ${instead}`),
    )
  })
  expect(found).toEqual([])
})
