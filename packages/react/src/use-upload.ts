'use client'

import { useDebugValue, useState, useSyncExternalStore } from 'react'
import { useApikley } from './provider.ts'
import { UploadList, type UploadItem } from './upload-list.ts'

export interface UseUploadResult {
  readonly files: readonly UploadItem[]
  /** Uploads files, 4 at a time. It resolves when each of them has ended, and never rejects. */
  readonly add: (files: Iterable<Blob> | ArrayLike<Blob>) => Promise<readonly UploadItem[]>
  /** Uploads a file again that has failed or was aborted. */
  readonly retry: (id: string) => Promise<void>
  /** Aborts the upload of a file, or of all. */
  readonly abort: (id?: string) => void
  /** Removes a file, or all. Their previews are revoked. */
  readonly remove: (id?: string) => void
}

const NO_FILES: readonly UploadItem[] = []

/**
 * Uploads files before a run, with progress and previews. An unmount aborts the uploads and revokes
 * the previews.
 *
 * @example
 * const { files, add } = useUpload()
 * <input type="file" multiple onChange={({ target }) => add(target.files ?? [])} />
 */
export function useUpload(): UseUploadResult {
  const client = useApikley()
  const [list] = useState(() => new UploadList(client))
  const files = useSyncExternalStore(list.subscribe, list.getItems, () => NO_FILES)
  useDebugValue(files.length)
  const { add, retry, abort, remove } = list
  return { files, add, retry, abort, remove }
}
