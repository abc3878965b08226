import { listOf, valueAt } from '../spec/compile/json.ts'
import { EVIDENCE, writeEvidence } from './evidence.ts'
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
