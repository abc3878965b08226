import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Field, ModelDescriptor } from '@apikley/types'
import { Option } from 'commander'
import type { Flags } from './context.ts'
import { UsageError } from './errors.ts'
import { isObject } from './input.ts'
import { describeField } from './models.ts'

/** One flag for each field of a model, for example `--image-url <file>` for `image_url`. */
export function modelFlags({ fields }: ModelDescriptor): Option[] {
  return Object.entries(fields).map(([name, field]) => {
    const flag = new Option(`${flagOf(name)} ${valueOf(field)}`, helpOf(field))
    // Commander shows defaults that it sets itself. The service sets these.
    return flag.helpGroup('Fields of the model:')
  })
}

/** The names of some fields begin or end with a space. */
const flagOf = (name: string): string => `--${name.trim().replaceAll(/[\s_]+/g, '-')}`

function valueOf({ schema, media }: Field): string {
  const isList = schema.type === 'array'
  const value = media ? 'file|url' : String((isList ? schema.items?.type : schema.type) ?? 'json')
  if (value === 'boolean') {
    return '[true|false]'
  }
  return isList && value !== 'object' ? `<${value}...>` : `<${isList ? 'json' : value}>`
}

function helpOf(field: Field): string {
  const [sentence = ''] = (field.schema.description ?? '').split(/(?<=\.)\s/)
  return `${sentence} (${describeField(field)})`.trim()
}

/**
 * The input of a model: the JSON file of `--input`, and flags on top of it.
 *
 * @throws {UsageError}
 */
export async function readFlags(
  descriptor: ModelDescriptor | undefined,
  flags: Pick<Flags, 'input'> & Readonly<Record<string, unknown>>,
  folder: string,
): Promise<Record<string, unknown>> {
  const input = flags.input === undefined ? {} : await readInputFile(resolve(folder, flags.input))
  for (const [name, { schema }] of Object.entries(descriptor?.fields ?? {})) {
    const value = flags[new Option(flagOf(name)).attributeName()]
    if (value !== undefined) {
      input[name] = parse(value, schema)
    }
  }
  return input
}

async function readInputFile(path: string): Promise<Record<string, unknown>> {
  try {
    const input: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isObject(input)) {
      return { ...input }
    }
    throw new Error('it is not a JSON object')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`The input file ${path} cannot be read: ${why}. Nothing was sent.`)
  }
}

/** A text that is not JSON stays as it is. The check of the input then names the field. */
function parse(value: unknown, { type, items }: Field['schema']): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => parse(item, items ?? {}))
  }
  if (type === 'string') {
    return value
  }
  try {
    return JSON.parse(String(value))
  } catch {
    return value
  }
}
