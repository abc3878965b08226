import { expect, test } from 'vitest'
import { repository } from '../../../release/packages.ts'
import { apiReports, compareReports } from '../../../spec/diff/api.ts'
import { lastRelease } from '../../../spec/diff/released.ts'
import { generateCode } from '../../../spec/generate/generate.ts'

test('a generator that renames functions calls for a major version', async () => {
  const release = await lastRelease(repository)
  const code = [...(await generateCode(release.document))].map(
    ([path, text]) => [path, text.replaceAll('downloadUrl', 'linkTo')] as const,
  )
  const reasons = await compareReports(release.reports, await apiReports(repository, new Map(code)))
  const removed = { rule: 'export-removed', isHandWritten: false }
  expect(reasons).toContainEqual(expect.objectContaining(removed))
  expect(reasons.map(({ message }) => message)).toContain(
    '@apikley/client/operations: downloadUrl is removed',
  )
})
