import type { Control } from './control.ts'
import { checkFile } from './check-file.ts'

/** A file, or the address of one. */
export type MediaFile = File | string

export function filesOf(value: unknown): readonly MediaFile[] {
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return items.flatMap((item) =>
    item instanceof File || (typeof item === 'string' && item !== '') ? [item] : [],
  )
}

/** What a field has after files were given to it, and why some of them are not among it. */
export interface Taken {
  readonly files: readonly MediaFile[]
  readonly refusals: readonly string[]
}

/** A field for one file takes the new one instead of its own; one for several adds it. */
export function takeFiles(
  has: readonly MediaFile[],
  given: readonly MediaFile[],
  { limits, list, most }: Extract<Control, { kind: 'media' }>,
): Taken {
  const refusals: string[] = []
  const fitting = given.filter((file) => {
    const why = typeof file === 'string' ? undefined : checkFile(file, limits)
    if (why !== undefined) {
      refusals.push(why)
    }
    return why === undefined
  })
  if (fitting.length === 0) {
    return { files: has, refusals }
  }
  if (!list) {
    if (fitting.length > 1) {
      refusals.push('This field takes one file; the first one was taken.')
    }
    return { files: fitting.slice(0, 1), refusals }
  }
  const files = [...has, ...fitting]
  if (files.length > most) {
    refusals.push(`This field takes ${most} files at the most.`)
  }
  return { files: files.slice(0, most), refusals }
}

/** An address of a file in what was pasted or dropped. */
export function addressIn(text: string): string | undefined {
  const trimmed = text.trim()
  return URL.canParse(trimmed) && /^https?:$/.test(new URL(trimmed).protocol) ? trimmed : undefined
}
