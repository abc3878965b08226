import { open, readFile, rm, writeFile } from 'node:fs/promises'

/** What is known of a picture. Only a `new` one may be bought. */
export type Progress =
  | { readonly state: 'new' }
  /** It was about to be sent, and nothing is known of what became of that. */
  | { readonly state: 'attempted' }
  | { readonly state: 'bought'; readonly taskId: string }
  | { readonly state: 'succeeded'; readonly taskId: string; readonly urls: readonly string[] }
  | { readonly state: 'failed'; readonly taskId: string; readonly why: string }

/**
 * What a batch has done, on disk before it goes on, so that a process which is killed at any moment
 * can be followed by another.
 */
export interface Journal {
  of(picture: string): Progress
  note(picture: string, progress: Progress): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a journal: a line of JSON for each thing that happened, the last one about a picture
 * counts. One process at a time may hold it.
 *
 * @param batch what the batch does to its pictures; a journal of another batch is refused
 */
export async function openJournal(file: string, batch: string): Promise<Journal> {
  const unlock = await lock(`${file}.lock`)
  try {
    const { written, entries } = await read(file, batch)
    const handle = await open(file, 'a')
    const append = async (text: string): Promise<void> => {
      await handle.appendFile(text)
      await handle.datasync()
    }
    if (written === '') {
      await append(`${JSON.stringify({ batch })}\n`)
    }
    // A line that was cut off is no entry; what follows must not be joined to it.
    else if (!written.endsWith('\n')) {
      await append('\n')
    }
    return {
      of: (picture) => entries.get(picture) ?? { state: 'new' },
      async note(picture, progress) {
        await append(`${JSON.stringify({ picture, ...progress })}\n`)
        entries.set(picture, progress)
      },
      async close() {
        await handle.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

async function read(
  file: string,
  batch: string,
): Promise<{ readonly written: string; readonly entries: Map<string, Progress> }> {
  const written = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) {
      return ''
    }
    throw error
  })
  const entries = new Map<string, Progress>()
  for (const [index, line] of written.split('\n').entries()) {
    const entry = parse(line)
    if (index === 0 && written !== '' && entry?.batch !== batch) {
      throw new Error(
        `${file} is the journal of another batch. Give this one a journal of its own with --journal.`,
      )
    }
    if (entry?.picture !== undefined) {
      entries.set(entry.picture, entry)
    }
  }
  return { written, entries }
}

type Entry = Progress & { readonly batch?: string; readonly picture?: string }

function parse(line: string): Entry | undefined {
  try {
    // What this program wrote itself.
    const entry: Entry = JSON.parse(line)
    return entry
  } catch {
    return undefined
  }
}

/** Two processes with one journal would buy twice. A lock whose process is gone does not count. */
async function lock(file: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (error) {
      if (!isTaken(error)) {
        throw error
      }
      const pid = Number(await readFile(file, 'utf8').catch(() => ''))
      if (isRunning(pid)) {
        break
      }
      await rm(file, { force: true })
    }
  }
  throw new Error(`Another process is at this batch. If there is none, delete ${file}.`)
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) {
    return false
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT'
const isTaken = (error: unknown): boolean => codeOf(error) === 'EEXIST'
