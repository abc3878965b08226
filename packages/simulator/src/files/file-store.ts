import type { Clock } from '../clock.ts'

export interface StoredFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mimeType: string
  /** In Unix ms. */
  readonly expiresAt: number
}

/** Files in memory, by the path of their address. When there is no room, the oldest make some. */
export interface FileStore {
  put(path: string, file: StoredFile): void
  /** Nothing when there is none or it has expired. */
  get(path: string): StoredFile | undefined
  readonly size: number
  clear(): void
}

/**
 * What an entry takes besides its bytes and its path, about: without it, files of nothing would be
 * without a limit. In bytes.
 */
const entrySize = 500

/** @param capacity in bytes */
export function createFileStore(clock: Clock, capacity: number): FileStore {
  const files = new Map<string, StoredFile>()
  let size = 0
  const remove = (path: string): void => {
    const file = files.get(path)
    if (!file) {
      return
    }
    files.delete(path)
    size -= sizeOf(path, file)
  }
  return {
    put(path, file) {
      remove(path)
      files.set(path, file)
      size += sizeOf(path, file)
      for (const oldest of files.keys()) {
        if (size <= capacity || oldest === path) {
          break
        }
        remove(oldest)
      }
    },
    get(path) {
      const file = files.get(path)
      if (file && file.expiresAt <= clock.now()) {
        remove(path)
      }
      return files.get(path)
    },
    get size() {
      return size
    },
    clear() {
      files.clear()
      size = 0
    },
  }
}

function sizeOf(path: string, { bytes }: StoredFile): number {
  return entrySize + path.length + bytes.byteLength
}
