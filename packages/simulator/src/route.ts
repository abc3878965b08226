import type { ApiDocument, Operation } from './document.ts'
import { isFilePath } from './operations/serve-file.ts'

export type Route =
  | { readonly to: 'operation'; readonly operation: Operation }
  | { readonly to: 'files' }
  | { readonly to: 'nowhere'; readonly allowed: readonly string[] }

/** Finds what a request is for. */
export function createRouter({ operations }: ApiDocument): (method: string, path: string) => Route {
  const byPath = new Map<string, Operation[]>()
  for (const operation of operations) {
    for (const path of operation.paths) {
      byPath.set(path, [...(byPath.get(path) ?? []), operation])
    }
  }
  return (method, path) => {
    if (isFilePath(path) && (method === 'GET' || method === 'HEAD')) {
      return { to: 'files' }
    }
    const here = byPath.get(path) ?? []
    const operation = here.find((one) => one.method === method)
    return operation
      ? { to: 'operation', operation }
      : { to: 'nowhere', allowed: here.map((one) => one.method) }
  }
}
