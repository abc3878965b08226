import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { changesIn, generate } from '../../../spec/generate/generate.ts'
import { readSources } from '../../../spec/sync/sync.ts'
import { repository } from '../../../release/packages.ts'
import { hundredDocuments } from '../hundred.ts'

test('118 documents add to the media table alone; copies and wrong ids are refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-hundred-'))
  try {
    const samples = hundredDocuments('-test')
    expect(samples).toHaveLength(118)
    const fileOf = (name: string): string => join(folder, `${name}.yaml`)
    for (const { name, text } of samples) {
      await writeFile(fileOf(name), text)
    }
    const lines: string[] = []
    const { outcomes, generated } = await readSources({
      root: repository,
      names: samples.map(({ name }) => fileOf(name)),
      fetch,
      createTimeout: () => new AbortController().signal,
      now: 0,
      log: (line) => lines.push(line),
      validate: generate,
    })
    const failed = outcomes.filter(({ status }) => status === 'failed').map(({ name }) => name)
    const refused = samples.filter((sample) => sample.refused)
    expect(failed).toEqual(refused.map(({ name }) => fileOf(name)))
    for (const { name, refused: reason = /$/ } of refused) {
      expect(lines.findLast((line) => line.includes(fileOf(name)))).toMatch(reason)
    }
    const repaired = generated?.warnings.find(({ message }) => message.includes('num_images'))
    expect(repaired).toMatchObject({ file: expect.stringContaining('upstream'), line: 73 })
    expect(JSON.stringify(generated?.document.paths)).toMatch(/examples-are-missing-\d+":{"value"/)
    const changed = await changesIn(repository, generated?.files ?? new Map())
    const bundled = changed
      .map(({ path }) => path)
      .filter((path) => /(client|react).src/.test(path))
    expect(bundled).toEqual(['packages/client/src/generated/media.ts'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
