import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { publishedPackages, type Published } from '../../release/packages.ts'
import { entriesOf, isObject, listOf, valueAt } from '../compile/json.ts'
import type { Json, JsonObject } from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'
import { operationsOf } from '../generate/document.ts'
import { reason, type Reason } from './version-rules.ts'
import { toText } from './compare-schemas.ts'

/**
 * The promises of a release beyond declarations and the document. `support` has every entry,
 * condition, runtime and range, with the lowest version where there is one.
 */
export async function configurationOf(root: string, document: JsonObject): Promise<JsonObject> {
  const packages = await publishedPackages(root)
  const runtimes = await readDocument(join(root, 'runtimes.yaml'), 'runtimes.yaml')
  const dependencies = packages.flatMap(({ name, manifest }) =>
    Object.entries(manifest.dependencies ?? {}).map(([key, range]) => [`${name} ${key}`, range]),
  )
  const operations = operationsOf(document).map(({ id, method, path, server, resend, expects }) => [
    id,
    { method, path, server, resend, expects },
  ])
  return {
    support: Object.fromEntries([...runtimesIn(runtimes), ...packages.flatMap(supportOf)]),
    dependencies: Object.fromEntries(dependencies),
    operations: Object.fromEntries(operations),
  }
}

type Support = [key: string, lowest: string]

function supportOf({ name, manifest }: Published): Support[] {
  const { exports = {}, engines = {}, bin = {}, peerDependencies = {} } = manifest
  const leaves = leavesOf(JSON.parse(JSON.stringify(exports)))
  const peers = Object.entries(peerDependencies).flatMap(([peer, ranges]) =>
    ranges.split(/\s*\|\|\s*/).map((range) => ({ peer, range })),
  )
  const rows: Support[] = [
    ...leaves.map((path): Support => [`exports ${path.join(' ')}`, '']),
    ...Object.entries(engines),
    ...Object.keys(bin).map((command): Support => [`bin ${command}`, '']),
    ...peers.map(({ peer, range }): Support => [
      `peer ${peer} ${/^\D*\d*/.exec(range)?.[0]}`,
      range,
    ]),
  ]
  return rows.map(([key, lowest]) => [`${name} ${key}`, lowest])
}

function leavesOf(value: Json, path: string[] = []): string[][] {
  return isObject(value)
    ? entriesOf(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [path]
}

/** Lists name the supported versions, and objects the lowest ones. */
function runtimesIn(runtimes: JsonObject): Support[] {
  return entriesOf(runtimes).flatMap(([name, value]): Support[] => {
    const items = entriesOf(value).flatMap(([, inner]) => listOf(inner))
    if (items.length > 0) {
      return items.map((item) => [`runtime ${name} ${String(item)}`, ''])
    }
    return isObject(value)
      ? entriesOf(value).map(([key, lowest]) => [`runtime ${key}`, String(lowest)])
      : [[`runtime ${name}`, '']]
  })
}

export function compareConfigurations(base: JsonObject, revision: JsonObject): Reason[] {
  const supported = pairs(base.support, revision.support)
  const names = entriesOf(base.support).map(([key]) => key)
  const byHand = [
    ...supported.map((change) => rateSupport(change, names)),
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

type Change = [key: string, old: Json | undefined, now: Json | undefined]

/** The entries of two objects that differ. */
function pairs(old: Json | undefined, now: Json | undefined): Change[] {
  const keys = new Set([...entriesOf(old), ...entriesOf(now)].map(([key]) => key))
  return [...keys]
    .filter((key) => !isDeepStrictEqual(valueAt(old, key), valueAt(now, key)))
    .map((key) => [key, valueAt(old, key), valueAt(now, key)])
}

function rateSupport([key, old, now]: Change, known: string[]): Reason {
  if (now === undefined) {
    return reason('support-removed', `${key} is not supported any more`)
  }
  if (old === undefined) {
    const peer = /^\S+ peer \S+ /.exec(key)?.[0]
    const isNewPeer = peer !== undefined && !known.some((name) => name.startsWith(peer))
    return reason(isNewPeer ? 'peer-added' : 'support-added', `${key} is supported in addition`)
  }
  const isHigher = String(now).localeCompare(String(old), 'en', { numeric: true }) > 0
  return reason(isHigher ? 'support-removed' : 'support-added', `${key}: ${toText(old, now)}`)
}
