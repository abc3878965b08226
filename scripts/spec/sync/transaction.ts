import * as fs from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SpecError } from '../compile/json.ts'
import { fileFault } from '../file-error.ts'

/** Files to write, by their path below the root. Without text a file is removed. */
export type Files = ReadonlyMap<string, string | undefined>

/** Everything that a run keeps on the disk, below the root. Git ignores it. */
const FOLDER = '.spec-update'
/** A folder with the `old` and the `new` versions of all changed files, while it is filled. */
const STAGE = 'stage'
/** The same folder once it is full. Its name says how to end the run. */
const FORWARD = 'forward'
const BACK = 'back'

const at = (root: string, ...names: string[]): string => join(root, FOLDER, ...names)

/**
 * Runs one command on the files below a root. Another run at the same time is refused. First it
 * ends what a killed run has begun.
 */
export async function withLock<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  const lock = takeLock(root)
  try {
    endRun(root)
    return await work()
  } finally {
    lock.close()
  }
}

/** The system gives up the lock of a database when its process ends, however that happens. */
function takeLock(root: string): DatabaseSync {
  try {
    const file = withFolder(at(root, 'lock'))
    // SQLite does not say which file it may not open.
    for (const each of [dirname(file), file].filter((path) => fs.existsSync(path))) {
      fs.accessSync(each, fs.constants.W_OK)
    }
    const lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    const isTaken = messageOf(error).includes('locked')
    throw failure(root, isTaken ? 'another command is changing these files' : error)
  }
}

/** Whether a run was killed while it replaced files. */
export const isInterrupted = (root: string): boolean =>
  [FORWARD, BACK].some((name) => fs.existsSync(at(root, name)))

/**
 * Replaces all files or none, and returns the paths of those that changed. The old and the new
 * files are staged beside the tree. A rename makes the change final. Links, which need no space, apply it.
 */
export function commit(root: string, files: Files): string[] {
  const changed = [...files].filter(([path, text]) => textAt(join(root, path)) !== text)
  if (changed.length === 0) {
    return []
  }
  try {
    clear(root)
    for (const [path, text] of changed) {
      if (fs.existsSync(join(root, path))) {
        fs.linkSync(join(root, path), withFolder(at(root, STAGE, 'old', path)))
      }
      if (text !== undefined) {
        fs.writeFileSync(withFolder(at(root, STAGE, 'new', path)), text)
      }
    }
    fs.renameSync(at(root, STAGE), at(root, FORWARD))
  } catch (error) {
    clear(root)
    throw failure(root, error)
  }
  endRun(root)
  return changed.map(([path]) => path)
}

const textAt = (file: string): string | undefined =>
  fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined

function withFolder(file: string): string {
  fs.mkdirSync(dirname(file), { recursive: true })
  return file
}

/** Completes a change that is final, or restores the old files if that fails. */
function endRun(root: string): void {
  try {
    if (fs.existsSync(at(root, FORWARD))) {
      apply(root, FORWARD, 'new', 'old')
    }
  } catch (error) {
    fs.renameSync(at(root, FORWARD), at(root, BACK))
    restore(root)
    throw failure(root, error)
  }
  restore(root)
}

function restore(root: string): void {
  if (fs.existsSync(at(root, BACK))) {
    apply(root, BACK, 'old', 'new')
  }
  clear(root)
}

/** Replaces the files of one version by those of the other. It can be repeated. */
function apply(root: string, stage: string, version: string, replaced: string): void {
  const wanted = new Set(filesIn(at(root, stage, version)))
  for (const path of filesIn(at(root, stage, replaced))) {
    if (!wanted.has(path) && fs.existsSync(join(root, path))) {
      fs.rmSync(join(root, path))
    }
    removeEmptyFolders(root, path)
  }
  const link = at(root, stage, 'link')
  for (const path of wanted) {
    const [from, to] = [at(root, stage, version, path), join(root, path)]
    if (!fs.existsSync(to) || fs.statSync(to).ino !== fs.statSync(from).ino) {
      fs.rmSync(link, { force: true })
      fs.linkSync(from, link)
      fs.renameSync(link, withFolder(to))
    }
  }
}

function filesIn(folder: string): string[] {
  return fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    : []
}

function removeEmptyFolders(root: string, path: string): void {
  try {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      fs.rmdirSync(join(root, folder))
    }
  } catch {
    // The folder has files, does not exist, or may not be changed.
  }
}

/** Renames the folder before it is removed: half of it would be another change. */
function clear(root: string): void {
  const remove = (): void => fs.rmSync(at(root, STAGE), { recursive: true, force: true })
  for (const name of [BACK, FORWARD].filter((each) => fs.existsSync(at(root, each)))) {
    remove()
    fs.renameSync(at(root, name), at(root, STAGE))
  }
  remove()
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)

const failure = (root: string, error: unknown): SpecError =>
  new SpecError(`Nothing was changed: ${fileFault(error, at(root)) ?? messageOf(error)}`)
