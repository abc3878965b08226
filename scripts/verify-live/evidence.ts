import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { listOf, valueAt } from '../spec/compile/json.ts'
import { commit } from '../spec/sync/transaction.ts'

/** An overlay. It applies after the ones that infer: overlays apply in the order of their names. */
export const EVIDENCE = 'specs/overlays/verified-live.yaml'

const REASON =
  'Written by pnpm verify:live. The live service answered as these parts of the document say.'

/**
 * Marks parts as observed on a day. What an earlier run observed stays, unless this run saw the
 * opposite. The same answers on the same day give the same file.
 */
export async function writeEvidence(
  root: string,
  observed: Map<string, boolean>,
  day: string,
): Promise<void> {
  const file = join(root, EVIDENCE)
  const days = daysOf(await readFile(file, 'utf8').catch(() => ''))
  for (const [target, isObserved] of observed) {
    days.delete(target)
    if (isObserved) {
      days.set(target, day)
    }
  }
  const actions = [...days].toSorted().map(([target, observedOn]) => ({
    target,
    update: { 'x-evidence': 'observed', 'x-observed-on': observedOn },
  }))
  const info = { title: 'Verified live', version: '1.0.0', 'x-reason': REASON }
  const overlay = { overlay: '1.0.0', info, extends: '../openapi.yaml', actions }
  const text = actions.length > 0 ? stringify(overlay, { compat: 'yaml-1.1' }) : undefined
  commit(root, new Map([[EVIDENCE, text]]))
}

function daysOf(text: string): Map<string, string> {
  const actions = listOf(valueAt(parse(text), 'actions'))
  return new Map(
    actions.map((action) => [
      String(valueAt(action, 'target')),
      String(valueAt(action, 'update', 'x-observed-on')),
    ]),
  )
}
