import type { MediaLimits } from '@apikley/types'

/**
 * Why a field does not take a file, in words for the person who chose it; nothing when it does.
 *
 * @example
 * checkFile(file, { types: ['image/png'], maxBytes: 10_485_760 }) // 'cat.gif is a GIF. This field takes PNG.'
 */
export function checkFile(file: File, { types, maxBytes }: MediaLimits): string | undefined {
  if (types && !types.includes(file.type)) {
    return `${file.name} is ${kindOf(file)}. This field takes ${listOf(types.map(typeName))}.`
  }
  if (file.size === 0) {
    return `${file.name} is empty.`
  }
  if (maxBytes !== undefined && file.size > maxBytes) {
    return `${file.name} has ${megabytes(file.size)}. This field takes ${megabytes(maxBytes)} at the most.`
  }
  return undefined
}

/** What a field takes, for its hint: `JPEG, PNG or WebP, up to 10 MB`. */
export function limitsLabel({ types, maxBytes }: MediaLimits): string {
  const parts = [types ? listOf(types.map(typeName)) : 'Any file']
  if (maxBytes !== undefined) {
    parts.push(`up to ${megabytes(maxBytes)}`)
  }
  return parts.join(', ')
}

/** What kind of files a field takes, if they are all of one. */
export function mediaKind({ types = [] }: MediaLimits): 'image' | 'video' | 'audio' | 'file' {
  for (const kind of ['image', 'video', 'audio'] as const) {
    if (types.length > 0 && types.every((type) => type.startsWith(`${kind}/`))) {
      return kind
    }
  }
  return 'file'
}

function kindOf({ name, type }: File): string {
  if (/^(image|video|audio)\//.test(type)) {
    return `${/^[aeiou]/i.test(typeName(type)) ? 'an' : 'a'} ${typeName(type)} file`
  }
  // What systems call other files says little to people; their ending does.
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]
  return ending === undefined ? 'of an unknown type' : `a .${ending} file`
}

const names: Readonly<Record<string, string>> = {
  webp: 'WebP',
  mpeg: 'MPEG',
  quicktime: 'QuickTime',
  'x-matroska': 'Matroska',
}

function typeName(type: string): string {
  const [, name = type] = type.split('/')
  return names[name] ?? name.replace(/^x-/, '').toUpperCase()
}

function listOf(names: readonly string[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(names)
}

/** Rounded up, so that a file that is a little too large does not look as if it was not. */
export function megabytes(bytes: number): string {
  return `${Math.ceil((bytes / 2 ** 20) * 10) / 10} MB`
}
