import { isObject, type Json } from './json.ts'

const prose = new Set([
  'description',
  'summary',
  'title',
  'example',
  'examples',
  'externalDocs',
  'contact',
])

/**
 * What a program would notice of a document or schema: without descriptions and examples, keys
 * sorted.
 */
export function shapeOf(value: Json): Json {
  return sortedKeys(value, (key) => !prose.has(key))
}

/** With sorted keys. Below `properties` every key is the name of a field, `description` too. */
export function sortedKeys(
  value: Json,
  keep: (key: string) => boolean = () => true,
  names = false,
): Json {
  if (Array.isArray(value)) {
    return value.map((item) => sortedKeys(item, keep))
  }
  if (!isObject(value)) {
    return value
  }
  const keys = Object.keys(value).filter((key) => names || keep(key))
  return Object.fromEntries(
    keys
      .toSorted()
      .map((key) => [key, sortedKeys(value[key] ?? null, keep, key === 'properties' && !names)]),
  )
}
