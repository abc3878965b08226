import { parseUrl } from '../runtime.ts'
import { canonicalType, typeOfName } from './file-signatures.ts'

/** Which files a field of a model takes. */
export interface FileLimits {
  /** MIME types, or families such as `image/*`. */
  readonly types: readonly string[]
  /** Of one file. */
  readonly maxBytes?: number
  /** Of a list. */
  readonly maxItems?: number
}

/** Why a field does not take a file, and what to do. */
export function findFileProblem(
  { types, maxBytes = Infinity }: FileLimits,
  size: number,
  type: string,
): string | undefined {
  const actual = canonicalType(type)
  const accepted = [actual, actual.replace(/\/.*/, '/*')]
  if (!types.some((each) => accepted.includes(canonicalType(each)))) {
    const what = type ? `is ${type}` : 'has an unknown type'
    return `${what}; accepted: ${types.join(', ')}. Convert the file, or pass a File with its type`
  }
  if (size > maxBytes) {
    const limit = `${maxBytes} bytes (${maxBytes / 2 ** 20} MB)`
    return `has ${size} bytes; the limit is ${limit}. Pass a smaller file`
  }
  return undefined
}

/** Why a field that takes files does not take a text or a list, and what to do. */
export function findValueProblem(
  { types, maxItems = Infinity }: FileLimits,
  value: unknown,
): string | undefined {
  if (Array.isArray(value) && value.length > maxItems) {
    return `has ${value.length} files; the limit is ${maxItems}. Pass fewer files`
  }
  // Some users send an empty text for an optional field.
  if (typeof value !== 'string' || value === '') {
    return undefined
  }
  const url = parseUrl(value)
  if (!url || !/^https?:$/.test(url.protocol)) {
    const text = JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
    return (
      `must be an http or https URL or a file, not ${text}. ` +
      'Pass a path as await openAsBlob(path) of node:fs, and base64 as data:image/png;base64,…'
    )
  }
  // Only the family counts: a server may send another format of it.
  const type = canonicalType(typeOfName(url.pathname) ?? '')
  const [family = '', format] = type.split('/')
  const isAccepted = ([name, subtype]: string[]): boolean => name === family || subtype === format
  if (type !== '' && !types.some((each) => isAccepted(canonicalType(each).split('/')))) {
    return `is the URL of a file of type ${type}; accepted: ${types.join(', ')}`
  }
  return undefined
}
