import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { publishedPackages, type Manifest } from '../../release/packages.ts'
import {
  entriesOf,
  isObject,
  listOf,
  valueAt,
  type Json,
  type JsonObject,
} from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'
import { operationsOf } from '../generate/document.ts'
import { reason, type Reason } from './rules.ts'
import { toText } from './schemas.ts'

/**
 * The promises of a release beyond declarations and the document. `support` has every entry,
 * condition, runtime and range, with the lowest version where there is one.
 */
export async function configurationOf(root: string, document: JsonObject): Promise<JsonObject> {
  const packages = await publishedPackages(root)
  const runtimes = await readDocument(join(root, 'runtimes.yaml'), 'runtimes.yaml')
  const support = Object.assign(runtimesIn(runtimes), ...packages.map(supportOf))
  const dependencies = packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.dependencies ?? {}).map(([key, range]) => [`${name} ${key}`, range]),
  )
  const operations = operationsOf(document).map(({ id, method, path, server, resend, expects }) => [
    id,
    { method, path, server, resend, expects },
  ])
  return {
    support,
    dependencies: Object.fromEntries(dependencies),
    operations: Object.fromEntries(operations),
  }
}

function supportOf({ name, manifest }: { name: string; manifest: Manifest }): JsonObject {
  const { exports, engines, peerDependencies, bin } = manifest
  const support: JsonObject = {}
  for (const path of leavesOf(JSON.parse(JSON.stringify(exports ?? {})))) {
    support[`${name} exports ${path.join(' ')}`] = ''
  }
  for (const [engine, range] of Object.entries(engines ?? {})) {
    support[`${name} ${engine}`] = range
  }
  for (const command of Object.keys(bin ?? {})) {
    support[`${name} bin ${command}`] = ''
  }
  for (const [peer, ranges] of Object.entries(peerDependencies ?? {})) {
    for (const range of ranges.split('||').map((part) => part.trim())) {
      support[`${name} peer ${peer} ${/^\D*\d*/.exec(range)?.[0] ?? ''}`] = range
    }
  }
  return support
}

function leavesOf(value: Json, path: string[] = []): string[][] {
  return isObject(value)
    ? entriesOf(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [path]
}

/** Lists name the supported versions, and objects the lowest ones. */
function runtimesIn(runtimes: JsonObject): JsonObject {
  const support: JsonObject = {}
  for (const [name, value] of entriesOf(runtimes)) {
    const lists = entriesOf(value).filter(([, inner]) => Array.isArray(inner))
    if (!isObject(value)) {
      support[`runtime ${name}`] = ''
    } else if (lists.length === 0) {
      for (const [key, lowest] of entriesOf(value)) {
        support[`runtime ${key}`] = String(lowest)
      }
    }
    for (const item of lists.flatMap(([, list]) => listOf(list))) {
      support[`runtime ${name} ${String(item)}`] = ''
    }
  }
  return support
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
