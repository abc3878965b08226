import { stringsIn, valueAt, type Json } from '../compile/json.ts'

const MEBIBYTE = 2 ** 20

/** File formats whose name is not the end of their MIME type. */
const FORMATS: Record<string, string> = {
  'audio/m4a': 'M4A',
  'audio/mp4': 'M4A',
  'audio/mpeg': 'MP3',
  'audio/x-ms-wma': 'WMA',
  'audio/x-wav': 'WAV',
  'image/webp': 'WebP',
  'video/quicktime': 'MOV',
  'video/webm': 'WebM',
  'video/x-matroska': 'MKV',
}

/** The files that a field takes, in one sentence. Undefined for a field without files. */
export function mediaOf(schema: Json): string | undefined {
  const media = valueAt(schema, 'x-apikley-media')
  if (media === undefined) {
    return undefined
  }
  const names = stringsIn(valueAt(media, 'types')).map(
    (type) => FORMATS[type] ?? type.replace(/^.*\//, '').toUpperCase(),
  )
  const bytes = valueAt(media, 'maxBytes')
  const size = typeof bytes === 'number' ? `at most ${bytes / MEBIBYTE} MB` : ''
  const limits = [joinNames([...new Set(names)]), size].filter(Boolean).join(', ')
  const isList = valueAt(schema, 'type') === 'array'
  const kind = isList ? 'Each item is a URL or a file' : 'A URL or a file'
  return `${kind}${limits && `: ${limits}`}.`
}

const joinNames = (names: string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' or $1')

/** The limits of a value that its type does not express, in one sentence each. */
export function limitsOf(schema: Json): string {
  const [least, most, shortest, longest, fewest, largest] = [
    'minimum',
    'maximum',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
  ].map((keyword) => valueAt(schema, keyword))
  return [
    range(least, most, ''),
    range(shortest, longest, 'character'),
    range(fewest, largest, 'item'),
  ]
    .filter(Boolean)
    .join(' ')
}

function range(least: Json | undefined, most: Json | undefined, unit: string): string {
  const [from, to] = [least, most].map((limit) =>
    typeof limit === 'number' ? limit.toLocaleString('en-US') : undefined,
  )
  const name = (count: string): string => unit && ` ${unit}${count === '1' ? '' : 's'}`
  if (from !== undefined && to !== undefined) {
    return from === to ? `Exactly ${to}${name(to)}.` : `From ${from} to ${to}${name(to)}.`
  }
  if (to !== undefined) {
    return `At most ${to}${name(to)}.`
  }
  return from === undefined ? '' : `At least ${from}${name(from)}.`
}
