import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertSpec, isObject } from '../compile/json.ts'
import { readDocument } from '../compile/read-document.ts'

/** A line of specs/sources.yaml, or a URL or file that the command names. */
export type Source = {
  name: string
  /** The path below specs/upstream, without `.yaml`. */
  spec: string | undefined
  url: string | undefined
}

export async function readSourceList(
  root: string,
): Promise<{ hosts: string[]; sources: Source[] }> {
  const { hosts, sources } = await readDocument(join(root, 'specs/sources.yaml'), 'sources.yaml')
  assertSpec(
    Array.isArray(hosts) && Array.isArray(sources),
    'sources.yaml should have the lists hosts and sources',
  )
  return {
    hosts: hosts.map(String),
    sources: sources.map((source) => {
      assertSpec(
        isObject(source) && typeof source.spec === 'string' && typeof source.url === 'string',
        'Each source in sources.yaml must have `spec` and `url`',
      )
      return { name: source.spec, spec: checkSpecName(source.spec), url: source.url }
    }),
  }
}

/** Finds a source by its name or URL in sources.yaml, or makes one of a URL or file. */
export async function findSource(name: string, listed: Source[]): Promise<Source> {
  const known = listed.find(({ spec, url }) => spec === name || url === name)
  if (known) {
    return known
  }
  const isUrl = /^https?:/.test(name)
  const found = isUrl ? undefined : await stat(name).catch(() => undefined)
  assertSpec(isUrl || found?.isFile(), 'is not a source of specs/sources.yaml, a URL or a file')
  return { name, spec: undefined, url: isUrl ? name : undefined }
}

const MAX_SPEC_NAME_LENGTH = 200

/** A name becomes a path, which has to stay below specs/upstream. */
export function checkSpecName(spec: string): string {
  assertSpec(
    /^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)*$/i.test(spec) &&
      !spec.includes('..') &&
      !/\.yaml(\/|$)/.test(spec) &&
      spec.length <= MAX_SPEC_NAME_LENGTH,
    `cannot be stored under the name ${JSON.stringify(spec.slice(0, 100))}`,
  )
  return spec
}
