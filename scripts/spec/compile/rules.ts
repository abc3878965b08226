import { isObject, type JsonObject } from './json.ts'
import { modelRules } from './model-rules.ts'
import { mainServer } from './operation-document.ts'
import { operationRules } from './operation-rules.ts'
import type { Published } from './published.ts'

/**
 * A difference from the published documents that holds for every one of a kind. What holds for one
 * document is an overlay.
 */
export type Rule<Document> = { name: string; why: string; apply: (document: Document) => void }

/** The rules for a document, in their order. */
export function rulesFor(document: Published): { name: string; why: string; apply: () => void }[] {
  return document.kind === 'model'
    ? modelRules.map(({ name, why, apply }) => ({ name, why, apply: () => apply(document) }))
    : operationRules.map(({ name, why, apply }) => ({ name, why, apply: () => apply(document) }))
}

export function applyRules(document: Published): void {
  for (const { apply } of rulesFor(document)) {
    apply()
  }
}

/**
 * What reading leaves out, because every document repeats it, or because it is wrong in one of
 * them.
 */
export const readingRules: {
  name: string
  why: string
  applies: (document: JsonObject, kind: Published['kind']) => boolean
}[] = [
  {
    name: 'foreign-server',
    why: 'Everything is on the one host of the frame; some documents name another.',
    applies: ({ servers }) =>
      Array.isArray(servers) && servers.some((server) => isObject(server) && !isOwn(server.url)),
  },
  {
    name: 'security-of-the-frame',
    why: 'The key goes in the same way for all; some documents describe that in a way that OpenAPI does not know.',
    applies: ({ components }) => isObject(components) && 'securitySchemes' in components,
  },
  {
    name: 'answers-of-the-frame',
    why: 'The answers of createTask do not depend on the model: they were compared, and those of the frame are taken.',
    applies: (_, kind) => kind === 'model',
  },
  {
    name: 'errors-of-the-overlay',
    why: 'Every operation can fail in the same ways, which one overlay declares; of the published answers the one of success is taken.',
    applies: (_, kind) => kind === 'operation',
  },
  {
    name: 'headers-of-the-frame',
    why: 'The key and the type of a body go into headers by themselves; OpenAPI asks to ignore such parameters.',
    applies: (document) => JSON.stringify(document).includes('"in":"header"'),
  },
  {
    name: 'openapi-3.1',
    why: 'Documents of 3.0 are read as 3.1: `example` becomes `examples`, `nullable` a type.',
    applies: ({ openapi }) => typeof openapi === 'string' && openapi.startsWith('3.0'),
  },
]

const isOwn = (url: JsonObject[string] | undefined): boolean =>
  url === mainServer || (typeof url === 'string' && url.startsWith(`${mainServer}/`))
