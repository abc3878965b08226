// The commands of the pipeline. package.json has a script for each of them.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { assertSpec, SpecError } from './compile/json.ts'
import { checkLock, readLock } from './compile/lock.ts'
import { readDocument } from './compile/read-document.ts'
import { toVerdict } from './diff/diff.ts'
import { lastRelease, rate, rateCode, recordRelease, releaseOf } from './diff/released.ts'
import { fileFault } from './file-error.ts'
import { ERROR_KINDS_PAGE, pageWithErrorKinds } from './generate/error-kinds.ts'
import { formatFinding } from './generate/findings.ts'
import { changesIn, generate, validate, write } from './generate/generate.ts'
import { inspect, toReport, type Finding } from './sync/check.ts'
import { readCatalog } from './sync/place.ts'
import { retire } from './sync/retire.ts'
import { sync, type Outcome, type SyncOptions } from './sync/sync.ts'
import { isInterrupted, withLock, type Files } from './sync/transaction.ts'
import { update } from './sync/update.ts'

const SOURCE_TIMEOUT_MS = 30_000
/** The exit code of an update that failed as a whole. It is 1 when only sources failed. */
const NOTHING_DONE = 2
/** The commands that change no file. */
const READING = new Set(['check', 'diff'])

const usage = `Usage:
  pnpm generate [--check]                       compiles specs/ and generates all code
  pnpm spec:check [--json] FILE…                reports what a sync would do with documents or pages
  pnpm spec:sync [SOURCE…]                      updates the published documents
  pnpm spec:diff [--json] [COMMIT]              rates the changes since a commit (default: the last release)
  pnpm spec:update [--offline] [SOURCE…]        syncs, generates, and writes a changeset
  pnpm spec:retire MODEL [--remove] [NEW_ID]    marks a model as deprecated, or removes it
  pnpm release:record                           writes released/, as a release does
A SOURCE is a name from specs/sources.yaml, a URL or a file.`

const commands: Record<string, () => Promise<void>> = {
  generate: async () => {
    const { isSet: isCheck } = parse('check')
    const { files, warnings } = await generate(root)
    files.set(ERROR_KINDS_PAGE, await pageWithErrorKinds(root))
    await checkLock(root, await readLock(root))
    for (const warning of warnings) {
      console.log(`warning: ${formatFinding(warning)}`)
    }
    const changes = isCheck ? await changesIn(root, files) : await write(root, files)
    for (const { status, path } of changes) {
      console.log(`${status.padEnd(7)} ${path}`)
    }
    assertSpec(
      !isCheck || changes.length === 0,
      'The generated files are not what the specs produce. Run `pnpm generate` and commit the result.',
    )
    console.log(`${changes.length} of ${files.size} generated files changed.`)
  },

  check: async () => {
    const { isSet: isJson, names: files } = parse('json')
    assertSpec(files.length > 0, usage)
    const catalog = await readCatalog(root)
    const findings: Finding[] = []
    for (const file of files) {
      const finding = await inspect(file, catalog, validate)
      findings.push(finding)
      if (!isJson) {
        console.log(`${file}\n${toReport(finding)}`)
      }
    }
    if (isJson) {
      console.log(JSON.stringify(findings, null, 2))
    }
    process.exitCode = findings.some(({ refusal }) => refusal) ? 1 : 0
  },

  sync: async () => reportFailures(await sync(syncOptions(parse().names))),

  diff: async () => {
    const { isSet: isJson, names } = parse('json')
    const [commit] = names
    const base = await (commit === undefined ? lastRelease(root) : releaseOf(root, commit))
    const path = 'specs/openapi.yaml'
    const found = await rate(root, base, await readDocument(join(root, path), path))
    console.log(isJson ? JSON.stringify(found, null, 2) : toVerdict(found))
  },

  record: () => recordRelease(root),

  retire: async () => {
    const { isSet: isRemoved, names } = parse('remove')
    const [model, renamedTo] = names
    assertSpec(model !== undefined && names.length <= 2, usage)
    const day = new Date().toISOString().slice(0, 10)
    const files = await retire(root, { model, renamedTo, isRemoved, day })
    await updateSpecs([], true, files)
  },

  update: async () => {
    const { isSet: isOffline, names } = parse('offline')
    reportFailures(await updateSpecs(names, isOffline))
  },
}

const [name = '', ...args] = process.argv.slice(2)
const root = resolve(import.meta.dirname, '../..')
const command = commands[name]
try {
  assertSpec(command, usage)
  const isWriting = !READING.has(name) && !args.includes('--check')
  await (isWriting || isInterrupted(root) ? withLock(root, command) : command())
} catch (error) {
  const { code, message }: NodeJS.ErrnoException = Object(error)
  const isOption = String(code).startsWith('ERR_PARSE_ARGS')
  const fault = isOption ? `${message}\n${usage}` : fileFault(error)
  console.error(error instanceof SpecError ? message : (fault ?? error))
  process.exitCode = name === 'update' ? NOTHING_DONE : 1
}

/** The arguments of a command: names, and the one flag that it may have. */
function parse(flag?: string): { isSet: boolean; names: string[] } {
  const options = flag === undefined ? {} : { [flag]: { type: 'boolean' as const } }
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
  return { isSet: flag !== undefined && values[flag] === true, names: positionals }
}

async function updateSpecs(names: string[], isOffline: boolean, edits?: Files): Promise<Outcome[]> {
  const release = await lastRelease(root)
  const code = await rateCode(root, release)
  const options = { ...syncOptions(names), base: release.document, code, isOffline, edits }
  const { outcomes, changeset } = await update(options)
  console.log(changeset ? `Changeset: ${changeset}` : 'Nothing to release.')
  return outcomes
}

function syncOptions(names: string[]): SyncOptions {
  return {
    root,
    names,
    fetch: globalThis.fetch,
    createTimeout: () => AbortSignal.timeout(SOURCE_TIMEOUT_MS),
    now: Date.now(),
    log: console.log,
    validate: generate,
  }
}

function reportFailures(outcomes: Outcome[]): void {
  if (outcomes.some(({ status }) => status === 'failed')) {
    process.exitCode = 1
  }
}
