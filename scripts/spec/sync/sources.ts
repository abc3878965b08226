import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, SpecError } from '../compile/json.ts'
import { readDocument } from '../compile/read.ts'

/** Where a document comes from: a line of specs/sources.yaml, or what was named instead. */
export type Source = {
  spec: string | undefined
  url: string | undefined
  file: string | undefined
  name: string
}

export async function readSources(root: string): Promise<{ hosts: string[]; sources: Source[] }> {
  const { hosts, sources } = await readDocument(join(root, 'specs/sources.yaml'), 'sources.yaml')
  if (!Array.isArray(hosts) || !Array.isArray(sources)) {
    throw new SpecError('sources.yaml should have the lists hosts and sources')
  }
  return {
    hosts: hosts.map(String),
    sources: sources.map((source) => {
      if (!isObject(source) || typeof source.spec !== 'string' || typeof source.url !== 'string') {
        throw new SpecError('A source in sources.yaml should have spec and url')
      }
      return { spec: checkName(source.spec), url: source.url, file: undefined, name: source.spec }
    }),
  }
}

/** The source that a name means: of sources.yaml, an address, or a file. */
export async function sourceOf(name: string, listed: Source[]): Promise<Source> {
  const known = listed.find(({ spec, url }) => spec === name || url === name)
  if (known) {
    return known
  }
  if (/^https?:/.test(name)) {
    return { spec: undefined, url: name, file: undefined, name }
  }
  const isFile = await stat(name).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) {
    throw new SpecError('is neither a source of specs/sources.yaml, nor an address, nor a file')
  }
  return { spec: undefined, url: undefined, file: name, name }
}

/** A name becomes a path, and has to stay below specs/upstream. */
export function checkName(spec: string): string {
  if (
    !/^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)*$/i.test(spec) ||
    spec.includes('..') ||
    /\.yaml(\/|$)/.test(spec) ||
    spec.length > 200
  ) {
    throw new SpecError(`cannot be kept under the name ${JSON.stringify(spec.slice(0, 100))}`)
  }
  return spec
}
