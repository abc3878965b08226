import * as fs from 'node:fs'
import { join } from 'node:path'

/** A value of the map, until `expiresAt` in Unix ms. */
export interface Row {
  readonly key: string
  readonly expiresAt: number
}

/**
 * A line of the file. It counts if `revision` lines before it count, so that of two processes that
 * change the same state only the first one succeeds. A line without a row ends the file.
 */
interface Line<R> {
  readonly revision: number
  readonly id?: string
  readonly row?: R
}

/** A change that depends on the rows, and its result. Without a row, nothing changes. */
export interface Change<R, Result> {
  readonly row?: R | undefined
  readonly result: Result
}

/** A file with more outdated lines is replaced by a snapshot. */
const MAX_OUTDATED_LINES = 5000

/** A full disk has this much left for the outcomes of creates in flight. */
const RESERVE_BYTES = 65_536

const NAME = /^ledger\.(\d+)\.jsonl$/
const NEW_FILE = 'ax+'
const EXISTING_FILE = fs.constants.O_RDWR | fs.constants.O_APPEND

/**
 * A map that several processes share in an append-only file, without a lock. A process that is
 * killed leaves at most half a line, which does not count. The folder has to be on a local disk,
 * where an append is atomic.
 */
export class SharedMap<R extends Row> {
  readonly #folder: string
  readonly #maxOutdated: number
  readonly #draft: string
  readonly #processId = crypto.randomUUID().slice(0, 8)
  readonly #rows = new Map<string, R>()
  readonly #now: () => number
  #file = 0
  #descriptor = -1
  #offset = 0
  #revision = 0
  #changes = 0
  /** The change that this process has written, until it counts. */
  #pending: string | undefined
  #syncing: Promise<void> | undefined
  /** Whether the disk is full. The reserve is then used up. */
  isFull = false

  /** @throws {Error} of the file system */
  constructor(folder: string, now: () => number, maxOutdated: number = MAX_OUTDATED_LINES) {
    this.#folder = folder
    this.#draft = join(folder, `draft.${this.#processId}`)
    this.#now = now
    this.#maxOutdated = maxOutdated
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    try {
      fs.writeFileSync(join(folder, 'reserve'), Buffer.alloc(RESERVE_BYTES), { mode: 0o600 })
    } catch {
      this.isFull = true
    }
    this.#open()
  }

  /** Reads the changes of other processes. */
  refresh(): this {
    for (const { revision, id, row } of this.#readLines()) {
      if (revision !== this.#revision) {
        continue
      }
      this.#revision += 1
      this.#pending = id === this.#pending ? undefined : this.#pending
      if (row === undefined) {
        this.#startNextFile()
        break
      }
      if (row.expiresAt > this.#now()) {
        this.#rows.set(row.key, row)
      } else {
        this.#rows.delete(row.key)
      }
    }
    return this
  }

  get(key: string): R | undefined {
    const row = this.#rows.get(key)
    return row && row.expiresAt > this.#now() ? row : undefined
  }

  /** The rows, in the order in which their keys were added. */
  *values(): Iterable<R> {
    const now = this.#now()
    for (const row of this.#rows.values()) {
      if (row.expiresAt > now) {
        yield row
      }
    }
  }

  /**
   * Changes a row. If another process was faster, the change is computed again.
   *
   * @throws {Error} if it is unknown whether the change was written, for example on a full disk
   */
  update<Result>(compute: () => Change<R, Result>): Result {
    for (;;) {
      this.refresh()
      const { row, result } = compute()
      if (row === undefined || this.#append(row)) {
        return result
      }
    }
  }

  /** Resolves when the changes survive a crash of the machine. Calls of one turn share a sync. */
  durable(): Promise<void> {
    this.#syncing ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#syncing = undefined
        // A file that was closed is replaced by a snapshot, which is durable.
        fs.fdatasync(this.#descriptor, (error) =>
          error && error.code !== 'EBADF' ? reject(error) : resolve(),
        )
      })
    })
    return this.#syncing
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }

  /** Returns whether the line counts. */
  #append(row?: R): boolean {
    this.#changes += 1
    this.#pending = `${this.#processId}.${this.#changes}`
    this.#write({ revision: this.#revision, id: this.#pending, ...(row && { row }) })
    this.refresh()
    const isCounted = this.#pending === undefined
    if (isCounted && row && this.#revision - this.#rows.size > this.#maxOutdated) {
      this.#endFile()
    }
    return isCounted
  }

  /** Ends the file with a line, unless the disk has no space for the next file. */
  #endFile(): void {
    try {
      this.#writeDraft()
      fs.rmSync(this.#draft)
    } catch {
      fs.rmSync(this.#draft, { force: true })
      return
    }
    this.#append()
  }

  /** Writes a snapshot. */
  #writeDraft(): void {
    const lines = Array.from(this.values(), (row, revision) => JSON.stringify({ revision, row }))
    fs.writeFileSync(this.#draft, `${lines.join('\n')}\n`, { mode: 0o600, flush: true })
  }

  #write(line: Line<R>): void {
    // A line break in front ends the half line of a process that was killed.
    const bytes = Buffer.from(`\n${JSON.stringify(line)}\n`)
    try {
      this.#writeOnce(bytes)
    } catch (error) {
      if (this.isFull) {
        throw error
      }
      this.isFull = true
      fs.rmSync(join(this.#folder, 'reserve'), { force: true })
      this.#writeOnce(bytes)
    }
  }

  /** One call, because two could have a line of another process between them. */
  #writeOnce(bytes: Buffer): void {
    const written = fs.writeSync(this.#descriptor, bytes)
    if (written !== bytes.length) {
      throw new Error(`only ${written} of ${bytes.length} bytes were written`)
    }
  }

  /** The complete lines behind the offset. */
  #readLines(): Line<R>[] {
    const bytes = Buffer.alloc(fs.fstatSync(this.#descriptor).size - this.#offset)
    const size = fs.readSync(this.#descriptor, bytes, 0, bytes.length, this.#offset)
    const end = bytes.subarray(0, size).lastIndexOf('\n') + 1
    this.#offset += end
    return bytes
      .subarray(0, end)
      .toString()
      .split('\n')
      .flatMap(parseLine<R>)
  }

  /** Opens the newest file. Another process may create or delete files meanwhile. */
  #open(): void {
    const newest = this.#newestFile()
    this.#file = newest || 1
    try {
      const flags = newest === 0 ? NEW_FILE : EXISTING_FILE
      this.#descriptor = fs.openSync(this.#path(this.#file), flags, 0o600)
    } catch (error) {
      if (/^(ENOENT|EEXIST)$/.test(codeOf(error))) {
        this.#open()
        return
      }
      throw error
    }
    this.#offset = 0
    this.#revision = 0
    this.#rows.clear()
    this.refresh()
  }

  /** Writes a snapshot as the next file, unless another process was faster. Opens the newest. */
  #startNextFile(): void {
    const old = this.#file
    if (this.#newestFile() === old) {
      this.#writeDraft()
      try {
        fs.linkSync(this.#draft, this.#path(old + 1))
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') {
          throw error
        }
      } finally {
        fs.rmSync(this.#draft, { force: true })
      }
    }
    fs.closeSync(this.#descriptor)
    this.#open()
    fs.rmSync(this.#path(old), { force: true })
  }

  #newestFile(): number {
    const names = fs.readdirSync(this.#folder)
    return Math.max(0, ...names.map((name) => Number(NAME.exec(name)?.[1] ?? 0)))
  }

  #path(file: number): string {
    return join(this.#folder, `ledger.${file}.jsonl`)
  }
}

/** Half a line has no value. */
function parseLine<R>(text: string): Line<R>[] {
  try {
    return text === '' ? [] : [JSON.parse(text)]
  } catch {
    return []
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
