import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { listOf, valueAt } from '../spec/compile/json.ts'
import { commit } from '../spec/sync/transaction.ts'
import { verify, type Agreement, type VerifyOptions } from './verify.ts'

export type LiveOptions = Omit<VerifyOptions, 'baseUrl'> & {
  root: string
  now: number
  log: (line: string) => void
}

const LABELS: Record<Agreement, string> = {
  documents: 'as documented',
  reports: 'as reported',
  neither: 'DIFFERENT',
}

/**
 * Prints what agrees with the documents, and writes the evidence. When a request fails, nothing is
 * written.
 *
 * @returns the exit code: 1 when nothing is written
 */
export async function verifyLive({ root, now, log, ...options }: LiveOptions): Promise<number> {
  const { key } = options
  // A header cannot carry other characters, and the error of `fetch` would quote the key.
  if (!/^[\x21-\x7e]+$/.test(key)) {
    log('Set APIKLEY_API_KEY to an API key.')
    return 1
  }
  const print = (line: string): void => log(line.replaceAll(key, '[key]'))
  const baseUrl = String(valueAt(listOf(options.document.servers)[0], 'url'))
  try {
    const { findings, observed } = await verify({ baseUrl, ...options })
    for (const { name, agreement, detail } of findings) {
      print(`${LABELS[agreement].padEnd(15)}${name}: ${detail}`)
    }
    await writeEvidence(root, observed, new Date(now).toISOString().slice(0, 10))
    print(`\nWrote ${EVIDENCE}. \`pnpm spec:update --offline\` takes it into the document.`)
    return 0
  } catch (error) {
    print(`Nothing is written. ${error instanceof Error ? error.message : error}`)
    return 1
  }
}

/** An overlay. It applies after the ones that infer: overlays apply in the order of their names. */
export const EVIDENCE = 'specs/overlays/verified-live.yaml'

const INFO = {
  title: 'Verified live',
  version: '1.0.0',
  'x-reason':
    'Written by pnpm verify:live. The live service answered as these parts of the document say.',
}

/**
 * Marks parts as observed on a day. What an earlier run observed stays, unless this run saw the
 * opposite. The same answers on the same day give the same file.
 */
async function writeEvidence(
  root: string,
  observed: Map<string, boolean>,
  day: string,
): Promise<void> {
  const before = parse(await readFile(join(root, EVIDENCE), 'utf8').catch(() => ''))
  const earlier = listOf(valueAt(before, 'actions')).map((action): [string, string] => [
    String(valueAt(action, 'target')),
    String(valueAt(action, 'update', 'x-observed-on')),
  ])
  const seen = [...observed].filter(([, isObserved]) => isObserved)
  const days = new Map([
    ...earlier.filter(([target]) => observed.get(target) !== false),
    ...seen.map(([target]): [string, string] => [target, day]),
  ])
  const actions = [...days].toSorted().map(([target, observedOn]) => ({
    target,
    update: { 'x-evidence': 'observed', 'x-observed-on': observedOn },
  }))
  const overlay = { overlay: '1.0.0', info: INFO, extends: '../openapi.yaml', actions }
  const text = actions.length > 0 ? stringify(overlay, { compat: 'yaml-1.1' }) : undefined
  commit(root, new Map([[EVIDENCE, text]]))
}
