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

/** @param capacity in bytes */
export function createFileStore(clock: Clock, capacity: number): FileStore {
  const files = new Map<string, StoredFile>()
  let size = 0
  const remove = (path: string): void => {
    const file = files.get(path)
    if (!file) return
    files.delete(path)
    size -= file.bytes.byteLength
  }
  return {
    put(path, file) {
      remove(path)
      files.set(path, file)
      size += file.bytes.byteLength
      for (const oldest of files.keys()) {
        if (size <= capacity || oldest === path) break
        remove(oldest)
      }
    },
    get(path) {
      const file = files.get(path)
      if (file && file.expiresAt <= clock.now()) remove(path)
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
