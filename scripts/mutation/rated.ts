import { isObject, objectAt, type JsonObject } from '../spec/compile/json.ts'
import type { Bump } from '../spec/diff/bump.ts'
import { pointer, schemasOf, type Mutant } from './mutants.ts'

/** A change of which it is said here what it means to a program. */
export type Rated = Mutant & { least: Bump }

/**
 * Changes that a mock and its contract tests cannot notice, so they are rated only: what the
 * packages make of a document beyond requests and answers.
 */
export function ratedMutants(document: JsonObject): Rated[] {
  const found: Rated[] = []
  const mutate = (
    sort: string,
    least: Bump,
    path: string[],
    change: (part: JsonObject) => void,
  ): void => {
    const copy = structuredClone(document)
    change(path.reduce<JsonObject>((here, key) => objectAt(here, [key], pointer(path)), copy))
    found.push({ sort, at: pointer(path), document: copy, least })
  }
  for (const { path, schema } of schemasOf(document)) {
    // Places inside lists, as in allOf, tell nothing more.
    if (path.some((key) => /^\d+$/.test(key))) {
      continue
    }
    const isField = path[2]?.endsWith('Input') && path[3] === 'properties'
    const media = schema['x-apikley-media']
    if (isObject(media)) {
      const { types, maxBytes } = media
      const at = [...path, 'x-apikley-media']
      mutate('file not taken any more', 'major', path, (part) => delete part['x-apikley-media'])
      mutate(
        'size of files limited',
        'major',
        at,
        (part) => (part.maxBytes = typeof maxBytes === 'number' ? maxBytes - 1 : 1),
      )
      mutate('type of file exchanged', 'major', at, (part) => (part.types = ['image/tiff']))
      if (typeof maxBytes === 'number') {
        mutate('size of files raised', 'minor', at, (part) => (part.maxBytes = maxBytes + 1))
      }
      if (Array.isArray(types)) {
        mutate('type of file added', 'minor', at, (part) => (part.types = [...types, 'image/tiff']))
      }
    } else if (isField && schema.type === 'string') {
      mutate('file taken', 'minor', path, (part) => (part['x-apikley-media'] = {}))
    }
    if ('default' in schema) {
      mutate('default removed', isField ? 'major' : 'minor', path, (part) => delete part.default)
      mutate('default changed', 'minor', path, (part) => (part.default = 'another'))
    } else if (isField) {
      mutate('default added', 'minor', path, (part) => (part.default = 'another'))
    }
  }
  for (const [path, item] of Object.entries(objectAt(document, ['paths'], 'the document'))) {
    for (const [method, operation] of Object.entries(isObject(item) ? item : {})) {
      if (!isObject(operation)) {
        continue
      }
      const { parameters, requestBody } = operation
      const listed = Array.isArray(parameters) ? parameters : []
      const at = ['paths', path, method]
      const more = { name: 'another', in: 'query', schema: { type: 'string' } }
      mutate(
        'optional parameter added',
        listed.length > 0 ? 'minor' : 'major',
        at,
        (part) => (part.parameters = [...listed, more]),
      )
      const body = {
        content: {
          'application/json': {
            schema: { type: 'object', properties: { another: { type: 'string' } } },
          },
        },
      }
      if (!requestBody) {
        mutate('optional body added', 'major', at, (part) => (part.requestBody = body))
      }
    }
  }
  const renamed: JsonObject = JSON.parse(
    JSON.stringify(document).replaceAll(/UploadFileName(?=")/g, 'UploadName'),
  )
  found.push({
    sort: 'component renamed',
    at: '#/components/schemas/UploadFileName',
    document: renamed,
    least: 'minor',
  })
  return found
}
