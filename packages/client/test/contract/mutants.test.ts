import { expect, inject, test } from 'vitest'
import { caseOf } from './documents.ts'
import { mutants } from './mutants.ts'

test('the same contract tests accept the original document', async () => {
  const service = { url: `${inject('prism')}/0`, isPrism: true }
  const titles = new Set(mutants.map(({ fails }) => fails))
  for (const title of titles) {
    await expect(caseOf(title).check(service)).resolves.toBeUndefined()
  }
})

test.each(mutants.map((mutant, index) => ({ ...mutant, index })))(
  'the contract tests notice when $title',
  async ({ fails, index }) => {
    const service = { url: `${inject('prism')}/${index + 1}`, isPrism: true }
    await expect(caseOf(fails).check(service)).rejects.toMatchObject({ name: 'AssertionError' })
  },
)
