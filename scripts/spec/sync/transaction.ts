import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { assertSpec, SpecError } from '../compile/json.ts'

/** Files to write, by their path below the root. Without text a file is removed. */
export type Files = ReadonlyMap<string, string | undefined>

/** Everything that a run keeps on the disk, below the root. Git ignores it. */
const FOLDER = '.spec-update'
/** New texts and copies of the old ones. */
const STAGE = join(FOLDER, 'stage')
/** The steps of a run that has begun to replace files. Its name says how to end the run. */
const FORWARD = join(FOLDER, 'journal.json')
const BACK = join(FOLDER, 'rollback.json')

type Step = { path: string; isNew: boolean; isRemoval: boolean }

/**
 * Runs one command on the files below a root. Another run at the same time is refused. First it
 * ends what a killed run has begun.
 */
export async function withLock<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  fs.mkdirSync(join(root, FOLDER), { recursive: true })
  // The system gives up the lock of a database when its process ends, however that happens.
  const lock = new DatabaseSync(join(root, FOLDER, 'lock'), { timeout: 0 })
  try {
    acquire(lock)
    recover(root)
    return await work()
  } finally {
    lock.close()
  }
}

function acquire(lock: DatabaseSync): void {
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    throw new SpecError(
      `Another command is changing these files: ${error instanceof Error ? error.message : error}`,
    )
  }
}

/** Whether a run was killed while it replaced files. */
export const isInterrupted = (root: string): boolean =>
  [FORWARD, BACK].some((path) => fs.existsSync(join(root, path)))

/** Ends a run that was killed: completely if its new files are there, or else not at all. */
function recover(root: string): void {
  if (fs.existsSync(join(root, BACK))) {
    rollBack(root, readSteps(root, BACK))
  } else if (fs.existsSync(join(root, FORWARD))) {
    complete(root, readSteps(root, FORWARD))
  }
  clear(root)
}

/**
 * Replaces all files or none, and returns the paths of those that changed. New texts are written beside the tree first. Then a journal makes
 * the change final, and renames, which need no space, apply it.
 */
export function commit(root: string, files: Files): string[] {
  const changed = [...files].filter(([path, text]) => textAt(join(root, path)) !== text)
  const steps = changed.map(([path, text]): Step => {
    const isNew = !fs.existsSync(join(root, path))
    return { path, isNew, isRemoval: text === undefined }
  })
  if (steps.length === 0) {
    return []
  }
  try {
    clear(root)
    fs.mkdirSync(join(root, STAGE), { recursive: true })
    for (const [index, { path, isNew }] of steps.entries()) {
      const text = files.get(path)
      if (text !== undefined) {
        fs.writeFileSync(staged(root, 'new', index), text)
      }
      if (!isNew) {
        fs.copyFileSync(join(root, path), staged(root, 'old', index))
      }
    }
    fs.writeFileSync(join(root, STAGE, 'journal'), JSON.stringify(steps))
    fs.renameSync(join(root, STAGE, 'journal'), join(root, FORWARD))
  } catch (error) {
    clear(root)
    throw failure(error)
  }
  complete(root, steps)
  clear(root)
  return steps.map(({ path }) => path)
}

const textAt = (file: string): string | undefined =>
  fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined

/** Applies all steps. It can be repeated. */
function complete(root: string, steps: Step[]): void {
  try {
    for (const [index, { path, isRemoval }] of steps.entries()) {
      const file = join(root, path)
      if (isRemoval) {
        fs.rmSync(file, { force: true })
        removeEmptyFolders(root, path)
      } else if (fs.existsSync(staged(root, 'new', index))) {
        fs.mkdirSync(dirname(file), { recursive: true })
        fs.renameSync(staged(root, 'new', index), file)
      }
    }
  } catch (error) {
    fs.renameSync(join(root, FORWARD), join(root, BACK))
    rollBack(root, steps)
    clear(root)
    throw failure(error)
  }
}

/** Restores the old files. It can be repeated. */
function rollBack(root: string, steps: Step[]): void {
  for (const [index, { path, isNew }] of steps.entries()) {
    const file = join(root, path)
    const old = staged(root, 'old', index)
    if (isNew) {
      if (fs.existsSync(file)) {
        fs.rmSync(file)
      }
      removeEmptyFolders(root, path)
    } else if (fs.existsSync(old) && !hasSameBytes(old, file)) {
      fs.mkdirSync(dirname(file), { recursive: true })
      fs.renameSync(old, file)
    }
  }
}

const hasSameBytes = (one: string, other: string): boolean =>
  fs.existsSync(other) && fs.readFileSync(one).equals(fs.readFileSync(other))

function removeEmptyFolders(root: string, path: string): void {
  const folder = dirname(path)
  try {
    if (folder !== '.' && fs.readdirSync(join(root, folder)).length === 0) {
      fs.rmdirSync(join(root, folder))
      removeEmptyFolders(root, folder)
    }
  } catch {
    // The folder does not exist, or may not be changed.
  }
}

const staged = (root: string, kind: 'new' | 'old', index: number): string =>
  join(root, STAGE, `${index}.${kind}`)

function readSteps(root: string, journal: string): Step[] {
  const steps: Step[] = JSON.parse(fs.readFileSync(join(root, journal), 'utf8'))
  assertSpec(Array.isArray(steps), `${journal} is not a journal`)
  return steps
}

/** Removes the journals first: without one, the staged files have no effect. */
function clear(root: string): void {
  for (const path of [BACK, FORWARD, STAGE]) {
    fs.rmSync(join(root, path), { recursive: true, force: true })
  }
}

const failure = (error: unknown): SpecError =>
  new SpecError(`Nothing was changed: ${error instanceof Error ? error.message : String(error)}`)
