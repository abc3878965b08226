import type { Clock } from '../clock.ts'

export interface StoredFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mimeType: string
  /** In Unix ms. */
  readonly expiresAt: number
}

/**
 * The approximate memory of an entry beside its bytes and its path. It limits the number of empty
 * files.
 */
const ENTRY_BYTES = 500

/** Files in memory, by the path of their URL. The oldest are deleted when capacity runs out. */
export class FileStore {
  readonly #clock: Clock
  readonly #capacity: number
  readonly #files = new Map<string, StoredFile>()
  #size = 0

  /** @param capacity in bytes */
  constructor(clock: Clock, capacity: number) {
    this.#clock = clock
    this.#capacity = capacity
  }

  put(path: string, file: StoredFile): void {
    this.#delete(path)
    this.#files.set(path, file)
    this.#size += sizeOf(path, file)
    for (const oldest of this.#files.keys()) {
      if (this.#size <= this.#capacity || oldest === path) {
        break
      }
      this.#delete(oldest)
    }
  }

  /** A file that exists and has not expired. */
  get(path: string): StoredFile | undefined {
    const file = this.#files.get(path)
    if (file && file.expiresAt <= this.#clock.now()) {
      this.#delete(path)
    }
    return this.#files.get(path)
  }

  clear(): void {
    this.#files.clear()
    this.#size = 0
  }

  #delete(path: string): void {
    const file = this.#files.get(path)
    if (file) {
      this.#files.delete(path)
      this.#size -= sizeOf(path, file)
    }
  }
}

function sizeOf(path: string, { bytes }: StoredFile): number {
  return ENTRY_BYTES + path.length + bytes.byteLength
}
