import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { publishedPackages, type Manifest } from '../../release/packages.ts'
import { entriesOf, isObject, valueAt, type Json, type JsonObject } from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'
import { operationsOf } from '../generate/document.ts'
import { reason, type Reason } from './reason.ts'
import { toText } from './schemas.ts'

/**
 * The promises of a release beyond declarations and the document. `support` has every entry,
 * condition, runtime and range, with the lowest version where there is one.
 */
export async function configurationOf(root: string, document: JsonObject): Promise<JsonObject> {
  const packages = await publishedPackages(root)
  const runtimes = await readDocument(join(root, 'runtimes.yaml'), 'runtimes.yaml')
  const support = packages.flatMap(({ name, manifest }) =>
    supportOf(manifest).map(([key, lowest]): [string, string] => [`${name} ${key}`, lowest]),
  )
  const dependencies = packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.dependencies ?? {}).map(([key, range]) => [`${name} ${key}`, range]),
  )
  const operations = operationsOf(document).map(({ id, method, path, server, resend, expects }) => [
    id,
    { method, path, server, resend, expects },
  ])
  return {
    support: Object.fromEntries([...support, ...runtimesIn(runtimes)]),
    dependencies: Object.fromEntries(dependencies),
    operations: Object.fromEntries(operations),
  }
}

function supportOf({ exports, engines, peerDependencies, bin }: Manifest): [string, string][] {
  const keys: Json = JSON.parse(JSON.stringify(exports ?? {}))
  const peers = Object.entries(peerDependencies ?? {}).flatMap(([peer, range]) =>
    range.split('||').map((part): [string, string] => {
      const [major = ''] = /^\D*\d*/.exec(part.trim()) ?? []
      return [`peer ${peer} ${major}`, part.trim()]
    }),
  )
  return [
    ...leavesOf(keys).map((path): [string, string] => [`exports ${path.join(' ')}`, '']),
    ...Object.entries(engines ?? {}).map(([name, range]): [string, string] => [name, range]),
    ...Object.keys(bin ?? {}).map((name): [string, string] => [`bin ${name}`, '']),
    ...peers,
  ]
}

function leavesOf(value: Json, path: string[] = []): string[][] {
  return isObject(value)
    ? entriesOf(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [path]
}

/** Lists name the supported versions, and objects the lowest ones. */
function runtimesIn(runtimes: JsonObject): [string, string][] {
  return entriesOf(runtimes).flatMap(([name, value]): [string, string][] => {
    const lists = entriesOf(value).filter(([, inner]) => Array.isArray(inner))
    if (!isObject(value)) {
      return [[`runtime ${name}`, '']]
    }
    return lists.length > 0
      ? lists.flatMap(([, list]) =>
          entriesOf(list).map(([, item]): [string, string] => [`runtime ${name} ${item}`, '']),
        )
      : entriesOf(value).map(([key, lowest]) => [`runtime ${key}`, String(lowest)])
  })
}

export function compareConfigurations(base: JsonObject, revision: JsonObject): Reason[] {
  const supported = pairs(base.support, revision.support)
  const names = entriesOf(base.support).map(([key]) => key)
  const byHand = [
    ...supported.flatMap(([key, old, now]) => rateSupport(key, old, now, names)),
    ...pairs(base.dependencies, revision.dependencies).map(([key, old, now]) =>
      reason('dependency-changed', `${key}: ${toText(old, now)}`),
    ),
  ]
  return [
    ...byHand.map((each) => ({ ...each, isHandWritten: true })),
    ...pairs(base.operations, revision.operations).map(([key, old, now]) =>
      reason('operation-table', `the operation table: ${key}: ${toText(old, now)}`),
    ),
  ]
}

/** The entries of two objects that differ. */
function pairs(
  old: Json | undefined,
  now: Json | undefined,
): [key: string, old: Json | undefined, now: Json | undefined][] {
  const keys = new Set([...entriesOf(old), ...entriesOf(now)].map(([key]) => key))
  return [...keys]
    .map((key): [string, Json | undefined, Json | undefined] => [
      key,
      valueAt(old, key),
      valueAt(now, key),
    ])
    .filter(([, before, after]) => !isDeepStrictEqual(before, after))
}

function rateSupport(
  key: string,
  old: Json | undefined,
  now: Json | undefined,
  known: string[],
): Reason[] {
  if (now === undefined) {
    return [reason('support-removed', `${key} is not supported any more`)]
  }
  const peer = /^\S+ peer \S+ /.exec(key)?.[0]
  if (old === undefined) {
    const isNewPeer = peer !== undefined && !known.some((name) => name.startsWith(peer))
    return [reason(isNewPeer ? 'peer-added' : 'support-added', `${key} is supported in addition`)]
  }
  const isHigher = String(now).localeCompare(String(old), 'en', { numeric: true }) > 0
  return [reason(isHigher ? 'support-removed' : 'support-added', `${key}: ${toText(old, now)}`)]
}
