import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Supplement } from '../../spec/compile/merge.ts'
import { readDocument } from '../../spec/compile/read.ts'
import { repository } from '../../scratch.ts'

const folder = join(repository, 'specs/supplements')

/** What the published documents are merged into. */
export async function readSupplements(): Promise<Supplement[]> {
  return Promise.all(
    (await readdir(folder)).map(async (name) => ({
      name,
      body: await readDocument(join(folder, name), name),
    })),
  )
}
