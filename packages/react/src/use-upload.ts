'use client'

import type { Apikley, ApikleyError, UploadedFile, UploadProgress } from '@apikley/client'
import { useDebugValue, useState, useSyncExternalStore } from 'react'
import { useApikley } from './provider.ts'
import { toError } from './submission.ts'

/** A file of a list, and how far its upload is. */
export type UploadItem = {
  readonly id: string
  readonly file: Blob
  /** A URL of the file for `src`. It is revoked when the item is removed, and at an unmount. */
  readonly previewUrl: string
  readonly progress: UploadProgress
} & (
  | { readonly status: 'pending' }
  /** `uploaded` can be a field of an input, in place of the file. */
  | { readonly status: 'success'; readonly uploaded: UploadedFile }
  /** After `abort`, the kind is `aborted`. */
  | { readonly status: 'error'; readonly error: ApikleyError }
)

/** Uploads at a time. */
const CONCURRENCY = 4

/** Uploads of a component. When it unmounts, they are aborted and forgotten. */
class UploadList {
  readonly #client: Apikley
  readonly #listeners = new Set<() => void>()
  readonly #controllers = new Map<string, AbortController>()
  /** Each upload waits for the one that is 4 before it. */
  readonly #last: Promise<unknown>[] = []
  #items: readonly UploadItem[] = []

  constructor(client: Apikley) {
    this.#client = client
  }

  readonly getItems = (): readonly UploadItem[] => this.#items

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      this.remove()
    }
  }

  readonly add = async (
    files: Iterable<Blob> | ArrayLike<Blob>,
  ): Promise<readonly UploadItem[]> => {
    const added = Array.from(files, (file): UploadItem => ({
      id: this.#client.transport.random().toString(36).slice(2),
      file,
      previewUrl: URL.createObjectURL(file),
      progress: { loaded: 0, total: file.size },
      status: 'pending',
    }))
    this.#show([...this.#items, ...added])
    await Promise.all(added.map((item) => this.#upload(item)))
    return this.#items.filter(({ id }) => added.some((item) => item.id === id))
  }

  readonly retry = async (id: string): Promise<void> => {
    const item = this.#items.find((each) => each.id === id && each.status === 'error')
    await (item && this.#upload(item))
  }

  readonly abort = (id?: string): void =>
    this.#controllers.forEach((controller, key) => (id ?? key) === key && controller.abort())

  readonly remove = (id?: string): void => {
    this.abort(id)
    const isRemoved = (item: UploadItem): boolean => item.id === (id ?? item.id)
    for (const { previewUrl } of this.#items.filter(isRemoved)) {
      URL.revokeObjectURL(previewUrl)
    }
    this.#show(this.#items.filter((item) => !isRemoved(item)))
  }

  async #upload({ id, file, previewUrl, progress }: UploadItem): Promise<void> {
    const controller = new AbortController()
    const { signal } = controller
    this.#controllers.set(id, controller)
    const base = { id, file, previewUrl, progress }
    this.#replace({ ...base, status: 'pending' })
    const upload = async (): Promise<void> => {
      try {
        const uploaded = await this.#client.files.upload(file, {
          signal,
          onProgress: (now) => this.#replace({ ...base, progress: now, status: 'pending' }),
        })
        const all = { loaded: file.size, total: file.size }
        this.#replace({ ...base, progress: all, status: 'success', uploaded })
      } catch (cause) {
        this.#replace({ ...base, status: 'error', error: toError(cause) })
      }
    }
    const turn = this.#last.length >= CONCURRENCY ? this.#last.shift() : undefined
    const work = Promise.resolve(turn).then(upload)
    this.#last.push(work)
    await work
  }

  /** An item that was removed stays so. */
  #replace(item: UploadItem): void {
    this.#show(this.#items.map((each) => (each.id === item.id ? item : each)))
  }

  #show(items: readonly UploadItem[]): void {
    this.#items = items
    this.#listeners.forEach((listener) => listener())
  }
}

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
