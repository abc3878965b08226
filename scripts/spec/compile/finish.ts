import { isObject, objectAt, schemasIn, type JsonObject } from './json.ts'

/** Takes out of a document what putting it together has left in it twice. */
export function finish(document: JsonObject): void {
  requireOnce(document)
  shareAnswers(document)
}

/**
 * Overlays add to lists: a field that an overlay requires may be required by its document by now.
 */
function requireOnce(document: JsonObject): void {
  for (const root of Object.values(objectAt(document, ['components', 'schemas'], 'the document'))) {
    for (const schema of schemasIn(root)) {
      if (Array.isArray(schema.required)) {
        schema.required = [...new Set(schema.required)]
      }
    }
  }
}

/**
 * Operations that answer in the very same way refer to one answer; every copy would be paid for by
 * those who install it.
 */
function shareAnswers(document: JsonObject): void {
  const same = new Map<string, JsonObject[]>()
  for (const path of Object.values(objectAt(document, ['paths'], 'the document'))) {
    for (const operation of isObject(path) ? Object.values(path) : []) {
      const responses =
        isObject(operation) && isObject(operation.responses) ? operation.responses : {}
      if (!isObject(responses['200']) || '$ref' in responses['200']) {
        continue
      }
      const text = JSON.stringify(responses['200'])
      same.set(text, [...(same.get(text) ?? []), responses])
    }
  }
  for (const [text, all] of same) {
    const data = /"data":\{"\$ref":"#\/components\/schemas\/(\w+)"\}/.exec(text)?.[1]
    if (all.length < 2 || data === undefined) {
      continue
    }
    objectAt(document, ['components', 'responses'], 'the document')[`${data}Answer`] =
      JSON.parse(text)
    for (const responses of all) {
      responses['200'] = { $ref: `#/components/responses/${data}Answer` }
    }
  }
}
