import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ApikleyError, type ApikleyErrorKind } from '../src/index.ts'

const KINDS: Readonly<Record<ApikleyErrorKind, true>> = {
  unconfirmed: true,
  aborted: true,
  timeout: true,
  'task-failed': true,
  'invalid-input': true,
  configuration: true,
  authentication: true,
  'insufficient-credits': true,
  'key-limit': true,
  'not-found': true,
  rejected: true,
  'rate-limited': true,
  maintenance: true,
  'feature-disabled': true,
  server: true,
  connection: true,
  'unexpected-response': true,
}

test('the README lists every kind of error with its charge', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const [, printed = ''] = /<!-- kinds -->\n(.*?)\n<!-- \/kinds -->/s.exec(readme) ?? []
  const rows = printed.matchAll(/^\| `([a-z-]+)` +\| `([a-z]+)` +\|/gm)
  const found = Object.fromEntries(Array.from(rows, ([, kind, charge]) => [kind, charge]))
  const expected = Object.keys(KINDS).map((kind) => {
    const isKind = (name: string): name is ApikleyErrorKind => Object.hasOwn(KINDS, name)
    return [kind, isKind(kind) && new ApikleyError({ kind, message: '' }).charge]
  })
  expect(found).toEqual({ ...Object.fromEntries(expected), kind: 'charge' })
})
