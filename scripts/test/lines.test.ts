import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { repository } from '../release/packages.ts'
import { run } from '../run.ts'

type Source = { path: string; lines: number }

const budgets: { lines: Record<string, number>; files: number; tests: number } = parse(
  await readFile(join(repository, 'budgets.yaml'), 'utf8'),
).code
const files = await handWritten()
const isTest = ({ path }: Source): boolean =>
  /(^|\/)test\/|\.test\.tsx?$|^packages\/test-kit\//.test(path)
const source = files.filter((file) => !isTest(file) && partOf(file) !== undefined)

test.each(Object.entries(budgets.lines))('%s has at most %i lines of source', (part, limit) => {
  const lines = sum(source.filter((file) => partOf(file) === part))
  expect(lines).toBeGreaterThan(0)
  expect(lines).toBeLessThanOrEqual(limit)
})

test('every part of the repository has a limit on its number of lines', () => {
  expect([...new Set(source.map(partOf))].toSorted()).toEqual(Object.keys(budgets.lines).toSorted())
})

test(`the source has at most ${budgets.files} files`, () => {
  expect(source.length).toBeLessThanOrEqual(budgets.files)
})

test(`the tests have at most ${budgets.tests} lines`, () => {
  expect(sum(files.filter(isTest))).toBeLessThanOrEqual(budgets.tests)
})

/** `client` for `packages/client/src`, `scripts` and `bench` for these folders. */
function partOf({ path }: Source): string | undefined {
  return /^packages\/([^/]+)\/src\//.exec(path)?.[1] ?? /^(scripts|bench)\//.exec(path)?.[1]
}

function sum(counted: Source[]): number {
  return counted.reduce((total, { lines }) => total + lines, 0)
}

async function handWritten(): Promise<Source[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx']
  const listed = await run('git', args, { cwd: repository })
  const paths = [...new Set(listed.trim().split('\n'))].filter(
    (path) => !path.includes('/generated/'),
  )
  const sources = paths.map(async (path) => {
    // Git lists a deleted file until its deletion is committed.
    const text = await readFile(join(repository, path), 'utf8').catch(() => undefined)
    return text === undefined ? [] : [{ path, lines: text.split('\n').length - 1 }]
  })
  return (await Promise.all(sources)).flat()
}
