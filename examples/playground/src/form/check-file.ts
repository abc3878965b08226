import type { MediaLimits } from '@apikley/types'

export type MediaKind = 'image' | 'video' | 'audio' | 'file'

const KINDS = ['image', 'video', 'audio'] as const

/**
 * Why a field does not accept a file, as a message for the person who chose it.
 *
 * @example
 * checkFile(file, { types: ['image/png'] }) // 'cat.gif is a GIF file. This field takes PNG.'
 */
export function checkFile(file: File, { types, maxBytes }: MediaLimits): string | undefined {
  if (types && !types.some((type) => matchesType(file.type, type))) {
    return `${file.name} is ${describeType(file)}. This field takes ${formatTypes(types)}.`
  }
  if (file.size === 0) {
    return `${file.name} is empty.`
  }
  if (maxBytes !== undefined && file.size > maxBytes) {
    return `${file.name} has ${megabytes(file.size)}. This field takes at most ${megabytes(maxBytes)}.`
  }
  return undefined
}

/** @param pattern a MIME type or a family such as `image/*` */
function matchesType(type: string, pattern: string): boolean {
  return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}

/** The files that a field accepts, for its hint: `JPEG, PNG or WebP, up to 10 MB`. */
export function limitsLabel({ types, maxBytes }: MediaLimits): string {
  const parts = [types ? formatTypes(types).replace(/^any/, 'Any') : 'Any file']
  if (maxBytes !== undefined) {
    parts.push(`up to ${megabytes(maxBytes)}`)
  }
  return parts.join(', ')
}

/** The kind of files that a field accepts. */
export function mediaKind({ types = [] }: MediaLimits): MediaKind {
  const isKind = (kind: string): boolean => types.every((type) => type.startsWith(`${kind}/`))
  return types.length === 0 ? 'file' : (KINDS.find(isKind) ?? 'file')
}

/** The limits of a field. If the document lists no types, its name says the family of its files. */
export function limitsOf(name: string, limits: MediaLimits): MediaLimits {
  const kind = KINDS.find((one) => name.includes(one) || (one === 'image' && name === 'input_urls'))
  return limits.types || kind === undefined ? limits : { ...limits, types: [`${kind}/*`] }
}

const EXTENSIONS: readonly (readonly [MediaKind, RegExp])[] = [
  ['image', /\.(avif|gif|jpe?g|png|svg|webp)$/i],
  ['video', /\.(avi|mkv|mov|mp4|webm)$/i],
  ['audio', /\.(aac|flac|m4a|mp3|ogg|wav|wma)$/i],
]

/** The kind of a file, by its type or the extension of its URL. */
export function kindOf(file: File | string): MediaKind | undefined {
  if (typeof file !== 'string') {
    return KINDS.find((kind) => file.type.startsWith(`${kind}/`))
  }
  const path = URL.canParse(file) ? new URL(file).pathname : file
  return EXTENSIONS.find(([, pattern]) => pattern.test(path))?.[0]
}

function describeType({ name, type }: File): string {
  if (/^(image|video|audio)\//.test(type)) {
    return `${/^[aeiou]/i.test(typeName(type)) ? 'an' : 'a'} ${typeName(type)} file`
  }
  // Names of other types mean little to people. The extension means more.
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]
  return extension === undefined ? 'of an unknown type' : `a .${extension} file`
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  webp: 'WebP',
  mpeg: 'MPEG',
  quicktime: 'QuickTime',
  'x-matroska': 'Matroska',
  'x-ms-wma': 'WMA',
}

function typeName(type: string): string {
  const [family, name = type] = type.split('/')
  if (name === '*') {
    return `any ${family}`
  }
  return TYPE_NAMES[name] ?? name.replace(/^x-/, '').toUpperCase()
}

function formatTypes(types: readonly string[]): string {
  const names = new Set(types.map(typeName))
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(names)
}

/** Rounded up, so that a file just above a limit shows a larger number than the limit. */
export function megabytes(bytes: number): string {
  return `${Math.ceil((bytes / 2 ** 20) * 10) / 10} MB`
}
