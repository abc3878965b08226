import {
  closeSync,
  constants,
  fdatasyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
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

const CHUNK_BYTES = 65_536

/** A full disk has this much left for the outcomes of creates in flight. */
const RESERVE_BYTES = 65_536
const EXISTING = constants.O_RDWR | constants.O_APPEND
const NAME = /^ledger\.(\d+)\.jsonl$/

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
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#keepReserve()
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
      const outcome = this.#read(id)
      if (outcome) {
        if (this.#offset > this.#maxBytes) {
          this.#write({ op: 'seal' })
          this.#read()
        }
        return outcome.result
      }
    }
  }

  /** Replays the lines of other processes. */
  update(): void {
    this.#read()
  }

  /** Resolves when the lines so far survive a crash of the machine. Calls of one turn share a sync. */
  durable(): Promise<void> {
    this.#syncing ??= Promise.resolve().then(() => {
      this.#syncing = undefined
      fdatasyncSync(this.#descriptor)
    })
    return this.#syncing
  }

  close(): void {
    closeSync(this.#descriptor)
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
      rmSync(join(this.#folder, 'reserve'), { force: true })
      this.#writeOnce(bytes)
    }
  }

  /** One call, because two could have a line of another process between them. */
  #writeOnce(bytes: Buffer): void {
    const written = writeSync(this.#descriptor, bytes)
    if (written !== bytes.length) {
      throw new Error(`only ${written} of ${bytes.length} bytes were written`)
    }
  }

  #keepReserve(): void {
    try {
      writeFileSync(join(this.#folder, 'reserve'), Buffer.alloc(RESERVE_BYTES), { mode: 0o600 })
    } catch {
      this.isFull = true
    }
  }

  /** Replays new lines. Returns the result of the line `id` if it counts. */
  #read(id?: string): { readonly result: Result } | undefined {
    let found: { readonly result: Result } | undefined
    for (const text of this.#newLines()) {
      const line = parseLine<Line>(text)
      if (line?.op === 'seal') {
        this.#startNextFile()
        return found ?? this.#read(id)
      }
      if (line) {
        const result = this.#replay.apply(line)
        found = id !== undefined && line.id === id ? { result } : found
      }
    }
    return found
  }

  /** The complete lines behind the offset. */
  *#newLines(): Iterable<string> {
    let rest = Buffer.alloc(0)
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const size = readSync(this.#descriptor, chunk, 0, CHUNK_BYTES, this.#offset + rest.length)
      const bytes = Buffer.concat([rest, chunk.subarray(0, size)])
      const end = bytes.lastIndexOf(10) + 1
      rest = bytes.subarray(end)
      this.#offset += end
      yield* bytes.subarray(0, end).toString().split('\n')
      if (size < CHUNK_BYTES) {
        return
      }
    }
  }

  /** Opens the newest file and replays it. Another process may delete the file meanwhile. */
  #open(): void {
    for (;;) {
      const file = this.#newest()
      try {
        // Without O_CREAT after the first file: a deleted file must not come back.
        this.#descriptor = openSync(this.#path(file || 1), file === 0 ? 'ax+' : EXISTING, 0o600)
      } catch (error) {
        if (['ENOENT', 'EEXIST'].includes(codeOf(error) ?? '')) {
          continue
        }
        throw error
      }
      this.#file = file || 1
      this.#offset = 0
      this.#replay.clear()
      this.#read()
      return
    }
  }

  /** Writes a snapshot as the next file, unless another process was faster, and opens the newest. */
  #startNextFile(): void {
    const next = this.#file + 1
    if (this.#newest() < next) {
      const draft = join(this.#folder, `draft.${this.#processId}`)
      const lines = Array.from(this.#replay.snapshot(), (line) => `${JSON.stringify(line)}\n`)
      writeFileSync(draft, lines.join(''), { mode: 0o600, flush: true })
      try {
        linkSync(draft, this.#path(next))
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') {
          throw error
        }
      } finally {
        rmSync(draft, { force: true })
      }
    }
    closeSync(this.#descriptor)
    this.#open()
    for (let old = next - 1; old < this.#file; old++) {
      rmSync(this.#path(old), { force: true })
    }
  }

  #newest(): number {
    return Math.max(
      0,
      ...readdirSync(this.#folder).map((name) => Number(NAME.exec(name)?.[1] ?? 0)),
    )
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

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
