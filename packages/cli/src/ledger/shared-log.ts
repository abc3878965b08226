import * as fs from 'node:fs'
import { join } from 'node:path'

/** A line in the file. `id` is unique. A snapshot has none. */
export type Logged<Line> = Line & { readonly id?: string | undefined }

/** The state that the lines of a log lead to. */
export interface Replay<Line, Result> {
  /** Applies a line. The result depends on nothing but the lines so far. */
  apply(line: Logged<Line>): Result
  /** Lines that lead to the same state. */
  snapshot(): Iterable<Line>
  clear(): void
}

/** A longer file is replaced by a snapshot. */
const MAX_BYTES = 4_000_000

/** A full disk has this much left for the outcomes of creates in flight. */
const RESERVE_BYTES = 65_536

const NAME = /^ledger\.(\d+)\.jsonl$/
const NEW_FILE = 'ax+'
const EXISTING_FILE = fs.constants.O_RDWR | fs.constants.O_APPEND

/**
 * An append-only file that several processes write. Each process replays all lines in their order
 * in the file, so all agree on the result of each line, and none needs a lock. A process that is
 * killed leaves no lock and at most half a line, which no process reads.
 *
 * A line `seal` ends a file. Lines behind it do not count. The next file starts with a snapshot.
 * The folder has to be on a local disk, where an append is atomic.
 */
export class SharedLog<Line extends { readonly op: string }, Result> {
  readonly #folder: string
  readonly #replay: Replay<Line, Result>
  readonly #maxBytes: number
  readonly #processId = crypto.randomUUID().slice(0, 8)
  #lines = 0
  #file = 0
  #descriptor = -1
  #offset = 0
  #syncing: Promise<void> | undefined
  /** Whether the disk is full. The reserve is then used up. */
  isFull = false

  /** @throws {Error} of the file system */
  constructor(folder: string, replay: Replay<Line, Result>, maxBytes: number = MAX_BYTES) {
    this.#folder = folder
    this.#replay = replay
    this.#maxBytes = maxBytes
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    try {
      fs.writeFileSync(join(folder, 'reserve'), Buffer.alloc(RESERVE_BYTES), { mode: 0o600 })
    } catch {
      this.isFull = true
    }
    this.#open()
  }

  /**
   * Appends a line and returns its result.
   *
   * @throws {Error} if it is unknown whether the line was written, for example on a full disk
   */
  append(fields: Line): Result {
    for (;;) {
      this.#lines += 1
      const id = `${this.#processId}.${this.#lines}`
      this.#write({ ...fields, id })
      const outcome = this.update(id)
      if (outcome) {
        if (this.#offset > this.#maxBytes) {
          this.#write({ op: 'seal' })
          this.update()
        }
        return outcome.result
      }
    }
  }

  /**
   * Replays new lines, also of other processes. Returns the result of the line `id` if it counts.
   */
  update(id?: string): { readonly result: Result } | undefined {
    let found: { readonly result: Result } | undefined
    for (const text of this.#readLines()) {
      const line = parseLine<Line>(text)
      if (line?.op === 'seal') {
        this.#startNextFile()
        return found ?? this.update(id)
      }
      if (line) {
        const result = this.#replay.apply(line)
        found = id !== undefined && line.id === id ? { result } : found
      }
    }
    return found
  }

  /**
   * Resolves when the lines so far survive a crash of the machine. Calls of one turn share a sync.
   */
  durable(): Promise<void> {
    this.#syncing ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#syncing = undefined
        fs.fdatasync(this.#descriptor, (error) => (error ? reject(error) : resolve()))
      })
    })
    return this.#syncing
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }

  /** A line break in front ends the half line of a process that was killed. */
  #write(line: object): void {
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
  #readLines(): string[] {
    const bytes = Buffer.alloc(fs.fstatSync(this.#descriptor).size - this.#offset)
    const size = fs.readSync(this.#descriptor, bytes, 0, bytes.length, this.#offset)
    const end = bytes.subarray(0, size).lastIndexOf('\n') + 1
    this.#offset += end
    return bytes.subarray(0, end).toString().split('\n')
  }

  /** Opens the newest file and replays it. Another process may create or delete files meanwhile. */
  #open(): void {
    const file = this.#newestFile()
    try {
      const flags = file === 0 ? NEW_FILE : EXISTING_FILE
      this.#descriptor = fs.openSync(this.#path(file || 1), flags, 0o600)
    } catch (error) {
      return /^(ENOENT|EEXIST)$/.test(codeOf(error)) ? this.#open() : raise(error)
    }
    this.#file = file || 1
    this.#offset = 0
    this.#replay.clear()
    this.update()
  }

  /**
   * Writes a snapshot as the next file, unless another process was faster, and opens the newest.
   */
  #startNextFile(): void {
    const old = this.#file
    if (this.#newestFile() === old) {
      const draft = join(this.#folder, `draft.${this.#processId}`)
      const lines = Array.from(this.#replay.snapshot(), (line) => `${JSON.stringify(line)}\n`)
      fs.writeFileSync(draft, lines.join(''), { mode: 0o600, flush: true })
      try {
        fs.linkSync(draft, this.#path(old + 1))
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') {
          throw error
        }
      } finally {
        fs.rmSync(draft, { force: true })
      }
    }
    fs.closeSync(this.#descriptor)
    this.#open()
    for (let file = old; file < this.#file; file++) {
      fs.rmSync(this.#path(file), { force: true })
    }
  }

  #newestFile(): number {
    const names = fs.readdirSync(this.#folder)
    return Math.max(0, ...names.map((name) => Number(NAME.exec(name)?.[1] ?? 0)))
  }

  #path(file: number): string {
    return join(this.#folder, `ledger.${file}.jsonl`)
  }
}

/** A half line is not a line. */
function parseLine<Line>(text: string): Logged<Line> | undefined {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function raise(error: unknown): never {
  throw error
}
