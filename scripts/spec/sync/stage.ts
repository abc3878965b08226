import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** A copy of specs/ in which documents are tried before they are taken in. */
export type Stage = {
  root: string
  put: (spec: string, text: string) => Promise<void>
  /** Takes back what `put` did. */
  restore: (spec: string) => Promise<void>
  remove: () => Promise<void>
}

export async function createStage(origin: string): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'apikley-stage-'))
  await cp(join(origin, 'specs'), join(root, 'specs'), { recursive: true })
  return {
    root,
    put: (spec, text) => writeWhole(fileOf(root, spec), text),
    async restore(spec) {
      const before = await readFile(fileOf(origin, spec)).catch(() => undefined)
      if (before === undefined) {
        await rm(fileOf(root, spec))
      } else {
        await writeFile(fileOf(root, spec), before)
      }
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export const fileOf = (root: string, spec: string): string =>
  join(root, 'specs/upstream', `${spec}.yaml`)

/** Written beside its place, hidden, and then moved there, so that no half file is ever read. */
export async function writeWhole(file: string, text: string): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) {
    return
  }
  await mkdir(dirname(file), { recursive: true })
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`)
  await writeFile(part, text)
  await rename(part, file)
}
