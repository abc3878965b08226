import type { Control } from './control.ts'
import { checkFile } from './check-file.ts'

/** A file or its URL. */
export type MediaFile = File | string

export function filesOf(value: unknown): readonly MediaFile[] {
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return items.flatMap((item) =>
    item instanceof File || (typeof item === 'string' && item !== '') ? [item] : [],
  )
}

/** The files of a field after an addition, and a message for each refused file. */
export interface Addition {
  readonly files: readonly MediaFile[]
  readonly refusals: readonly string[]
}

/** Adds files to a field. In a field for one file, the new file replaces the old one. */
export function takeFiles(
  current: readonly MediaFile[],
  added: readonly MediaFile[],
  { limits, max }: Extract<Control, { kind: 'media' }>,
): Addition {
  const refusals: string[] = []
  const accepted = added.filter((file) => {
    const refusal = typeof file === 'string' ? undefined : checkFile(file, limits)
    if (refusal !== undefined) {
      refusals.push(refusal)
    }
    return refusal === undefined
  })
  if (accepted.length === 0) {
    return { files: current, refusals }
  }
  if (max === 1) {
    if (accepted.length > 1) {
      refusals.push('This field takes one file. The others were ignored.')
    }
    return { files: accepted.slice(0, 1), refusals }
  }
  const files = [...current, ...accepted]
  if (files.length > max) {
    refusals.push(`This field takes at most ${max} files.`)
  }
  return { files: files.slice(0, max), refusals }
}

/** The http or https URL in a text. */
export function urlIn(text: string): string | undefined {
  const trimmed = text.trim()
  return URL.canParse(trimmed) && /^https?:$/.test(new URL(trimmed).protocol) ? trimmed : undefined
}
