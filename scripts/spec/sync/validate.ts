import { cpSync, mkdirSync, mkdtempDisposableSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DocumentError, SpecError } from '../compile/json.ts'
import { lockPath, lockText, type Lock, type Locked } from '../compile/lock.ts'
import { fileFault } from '../file-error.ts'
import { formatFinding, LintError } from '../generate/findings.ts'
import type { Generated } from '../generate/generate.ts'
import { fitsName, pathOf, toOperationId } from './place.ts'
import type { Files } from './transaction.ts'

/** Throws a SpecError when the documents below a root are not valid, alone or together. */
export type Validate = (root: string) => Promise<Generated | undefined>

export type Status = 'new' | 'changed' | 'unchanged' | 'failed'

/** A document that a source sent. */
export type Candidate = {
  name: string
  status: Status
  spec: string
  subject: string
  text: string
  /** The supplement of the same model, which the document replaces. */
  supplement: string | undefined
  /** The lines of its page before the document. */
  linesBefore: number
  record: Locked
}

type Refusals = Map<Candidate, SpecError>

/** Refuses all documents of the same model but the one whose operationId and name fit it best. */
export function refuseTwins(candidates: Candidate[]): Refusals {
  const refused: Refusals = new Map()
  for (const group of Map.groupBy(candidates, ({ subject }) => subject).values()) {
    const [best] = group.toSorted((a, b) => fitness(b) - fitness(a))
    for (const twin of group.filter((each) => each !== best)) {
      refused.set(twin, new SpecError(`is about ${twin.subject}, as ${best?.name} is`))
    }
  }
  return refused
}

const fitness = ({ name, subject, record }: Candidate): number =>
  Number(record.operation === toOperationId(subject)) + Number(fitsName(name, subject))

/**
 * Finds the candidates that are not valid, alone or together with the others and the documents
 * that exist. Documents that an error names are refused at once. When it names none, a bisection
 * finds one that fails only together with others.
 */
export async function validateTogether(
  candidates: Candidate[],
  lock: Lock,
  { root, validate }: { root: string; validate: Validate },
): Promise<{ refused: Refusals; generated: Generated | undefined }> {
  const refused: Refusals = new Map()
  let rest = candidates.filter(({ status }) => status !== 'unchanged')
  while (rest.length > 0) {
    const records = Object.fromEntries(
      candidates.filter((each) => !refused.has(each)).map(({ spec, record }) => [spec, record]),
    )
    try {
      const text = await lockText(root, { ...lock, ...records })
      const generated = await validateWith(root, textsOf(rest).set(lockPath, text), validate)
      return { refused, generated }
    } catch (error) {
      if (fileFault(error) !== undefined) {
        // A full disk is not the fault of a document.
        throw error
      }
      const named = namedIn(error, rest)
      const found = named.size > 0 ? named : [await bisect(rest, error, root, validate)]
      for (const [candidate, reason] of found) {
        refused.set(candidate, reason)
      }
      rest = rest.filter((candidate) => !refused.has(candidate))
    }
  }
  return { refused, generated: undefined }
}

const textsOf = (candidates: Candidate[]): Map<string, string> =>
  new Map(candidates.map(({ spec, text }) => [pathOf(spec), text]))

/** The candidates that an error is about. */
function namedIn(error: unknown, candidates: Candidate[]): Refusals {
  const named: Refusals = new Map()
  for (const candidate of candidates) {
    const { subject, spec, linesBefore } = candidate
    if (error instanceof DocumentError && error.subject === subject) {
      named.set(candidate, error)
    }
    if (error instanceof LintError) {
      const own = error.findings.filter(({ file }) => file === pathOf(spec))
      if (own.length > 0) {
        named.set(candidate, atLines(own, linesBefore))
      }
    }
  }
  return named
}

/** The errors of the linter in one document, at the lines of its page. */
export function atLines(findings: LintError['findings'], linesBefore: number): SpecError {
  const messages = findings.map(({ message, line }) => {
    const file = line === undefined ? undefined : `line ${line + linesBefore}`
    return formatFinding({ message, file, line: undefined })
  })
  const fix = findings.flatMap((each) => each.fix)
  return new SpecError(messages.join('\n  '), [], fix)
}

/** The first candidate that fails together with those before it, and its error. */
async function bisect(
  candidates: Candidate[],
  failure: unknown,
  root: string,
  validate: Validate,
): Promise<[Candidate, SpecError]> {
  let [low, high, error] = [0, candidates.length, failure]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    try {
      await validateWith(root, textsOf(candidates.slice(0, middle)), validate)
      low = middle
    } catch (found) {
      high = middle
      error = found
    }
  }
  const [candidate] = candidates.slice(low)
  if (!candidate) {
    throw failure
  }
  return [
    candidate,
    error instanceof SpecError ? error : new SpecError(`unexpectedly, ${String(error)}`),
  ]
}

/** Validates a copy of the specs below a root in which some files differ. */
export async function validateWith(
  root: string,
  files: Files,
  validate: Validate,
): Promise<Generated | undefined> {
  // One call for each file: promises take several times as long for a hundred small files.
  using copy = mkdtempDisposableSync(join(tmpdir(), 'apikley-validate-'))
  cpSync(join(root, 'specs'), join(copy.path, 'specs'), { recursive: true })
  for (const [path, text] of files) {
    const file = join(copy.path, path)
    if (text === undefined) {
      rmSync(file)
    } else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
  return await validate(copy.path)
}
