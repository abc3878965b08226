import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../../release/packages.ts'
import { RULES } from '../../spec/diff/version-rules.ts'

test('VERSIONING.md has every rule with its version and case', async () => {
  const text = await readFile(join(repository, 'VERSIONING.md'), 'utf8')
  const rows = [...text.matchAll(/^\| `([\w-]+)` +\| (\w+) +\| (.*?) +\|$/gm)]
  expect(Object.fromEntries(rows.map(([, id, ...row]) => [id, row]))).toEqual(RULES)
})
