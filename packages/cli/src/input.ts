import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { UsageError } from './errors.ts'

/** An input whose paths are files. */
export interface ModelInput {
  readonly value: Readonly<Record<string, unknown>>
  /** The same for the same fields and the same content of files. */
  readonly digest: string
}

/** Returns the path of a file that the input may read. */
export type ResolvePath = (path: string) => string | Promise<string>

/**
 * Reads the files of an input. In a field that takes files, a text that is not a URL is a path.
 *
 * @throws {UsageError} for a file that cannot be read
 */
export async function readInput(
  value: Readonly<Record<string, unknown>>,
  media: readonly string[],
  resolvePath: ResolvePath,
): Promise<ModelInput> {
  const digests = new Map<File, string>()
  const copy = async (part: unknown, field: string): Promise<unknown> => {
    if (Array.isArray(part)) {
      return Promise.all(part.map((item) => copy(item, field)))
    }
    if (isObject(part)) {
      return copyObject(part)
    }
    if (typeof part !== 'string' || !media.includes(field) || isUrl(part)) {
      return part
    }
    const { file, digest } = await openFile(await resolvePath(part))
    digests.set(file, digest)
    return file
  }
  const copyObject = async (object: object): Promise<Record<string, unknown>> => {
    const entries = Object.entries(object).map(async ([key, child]) => [
      key,
      await copy(child, key),
    ])
    return Object.fromEntries(await Promise.all(entries))
  }
  const read = await copyObject(value)
  return { value: read, digest: digestOf(read, digests) }
}

/** A digest of JSON. Objects are equal in any order of their fields. */
export function digestOf(value: unknown, files?: ReadonlyMap<File, string>): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof File) {
      return files?.get(part)
    }
    return isObject(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object of a line of JSON. Half a line has none. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A path such as `C:\cat.png` is not a URL. */
const isUrl = (text: string): boolean => /^[a-z][a-z\d+.-]+:/i.test(text)

/** @throws {UsageError} */
export async function openFile(path: string): Promise<{ file: File; digest: string }> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new UsageError(`The file ${path} cannot be read: ${error.message}. Nothing was sent.`)
  })
  const digest = createHash('sha256').update(bytes).digest('hex')
  return { file: new File([bytes], basename(path)), digest }
}
