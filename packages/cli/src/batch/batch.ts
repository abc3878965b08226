import { ApikleyError, type ApikleyErrorKind } from '@apikley/client'
import { waitForTask } from '../commands/tasks.ts'
import type { Context, Flags } from '../context.ts'
import { checkCaps, createTask } from '../create-task.ts'
import { CapError, isDiskError, reportError, UsageError, type ExitCode } from '../errors.ts'
import { requireModel } from '../models.ts'
import { DEFAULT_NAME, saveTask } from '../save-task.ts'
import { readInputs, type Item } from './inputs.ts'
import { Report, type Progress, type Status } from './report.ts'

/** A later run finds the tasks of this time. */
const REUSE_MS = 30 * 24 * 3_600_000

/** The service accepts 2 creates a second. One takes well below a second. */
const CREATES_IN_FLIGHT = 3

/** After this number of lost responses in a row, the next ones would be lost too. */
const MAX_LOST_IN_A_ROW = 3

/** Errors of one input. Other errors stop the batch, because the next input would meet them too. */
const STATUS_BY_KIND: Readonly<Partial<Record<ApikleyErrorKind, Status>>> = {
  'task-failed': 'failed',
  'not-found': 'failed',
  'unexpected-response': 'failed',
  rejected: 'refused',
  'invalid-input': 'refused',
  unconfirmed: 'unconfirmed',
}

/** Creates, waits for and saves each input once, over all runs with the same inputs. */
export async function runBatch(
  context: Context,
  [inputs = '']: readonly string[],
  flags: Flags,
): Promise<ExitCode> {
  checkCaps(flags)
  const items = await readInputs(await context.resolvePath(inputs))
  for (const model of new Set(items.map((item) => item.model))) {
    await requireModel(model)
  }
  const report = new Report(await context.resolvePath(flags.out))
  const stopped = await new Batch(context, report, items, flags).run()
  const count = (status?: Status): number => report.count(items, status)
  const totals = {
    total: items.length,
    saved: count('saved'),
    failed: count('failed'),
    refused: count('refused'),
    unconfirmed: count('unconfirmed'),
    pending: count() + count('created'),
  }
  const credits = items.reduce((sum, item) => sum + (report.of(item)?.credits ?? 0), 0)
  const text = Object.entries(totals).map(([name, number]) => `${number} ${name}`)
  const line = { type: 'batch', ...totals, credits }
  context.output.result(line, `${text.join(', ')}; ${credits} credits`)
  await report.writeInputs('failures.jsonl', items, ['failed', 'refused'])
  await report.writeInputs('unconfirmed.jsonl', items, ['unconfirmed'])
  return adviseNext(context, inputs, flags.out, totals, stopped)
}

/** Prints the next step, and returns the exit code. */
function adviseNext(
  { output, signal }: Context,
  inputs: string,
  out: string,
  { failed, refused, unconfirmed, pending }: Readonly<Record<string, number>>,
  stopped: unknown,
): ExitCode {
  if (failed || refused) {
    output.message(`Run the failed inputs again: apikley batch ${out}/failures.jsonl --out ${out}`)
  }
  if (unconfirmed) {
    output.message(
      `It is unknown whether ${unconfirmed} inputs were charged. They are not ` +
        'resent. Check the account at https://app.apikley.ru. ' +
        `Inputs without a task: apikley batch ${out}/unconfirmed.jsonl --out ${out}`,
    )
  }
  if (pending) {
    output.message(`To continue, run the same command again: apikley batch ${inputs} --out ${out}`)
  }
  if (signal.aborted || stopped !== undefined) {
    throw stopped ?? signal.reason
  }
  if (unconfirmed) {
    return 5
  }
  if (failed) {
    return 3
  }
  return refused ? 4 : 0
}

class Batch {
  readonly #context: Context
  readonly #output: Context['output']
  readonly #report: Report
  readonly #items: readonly Item[]
  readonly #flags: Flags
  /** When the creates in flight end. */
  readonly #slots: Promise<unknown>[] = Array.from({ length: CREATES_IN_FLIGHT }, async () => {})
  /** Items whose create this run has sent. */
  readonly #sent = new Set<Item>()
  #lostInARow = 0
  /** The error that stopped the batch. Tasks that were created are still collected. */
  #stop: unknown

  constructor(context: Context, report: Report, items: readonly Item[], flags: Flags) {
    this.#output = context.output
    // The progress of the batch replaces that of its tasks.
    const output = { result() {}, message() {}, error() {}, status() {} }
    this.#context = { ...context, output }
    this.#report = report
    this.#items = items
    this.#flags = flags
  }

  /** Returns the error that stopped the batch. */
  async run(): Promise<unknown> {
    const open = this.#items.filter((item) => !isFinal(this.#report.of(item)))[Symbol.iterator]()
    const count = Math.min(this.#flags.concurrency, this.#items.length)
    const workers = Array.from({ length: count }, async () => {
      for (const item of open) {
        await this.#process(item)
      }
    })
    await Promise.all(workers)
    return this.#stop
  }

  async #process(item: Item): Promise<void> {
    let taskId = this.#report.of(item)?.taskId
    if (taskId === undefined && this.#isStopped()) {
      return
    }
    try {
      taskId ??= await this.#create(item)
      await this.#collect(item, taskId)
    } catch (error) {
      this.#fail(item, taskId, error)
    }
    this.#showProgress()
  }

  #create(item: Item): Promise<string> {
    const { model, input, take } = item
    return createTask(this.#context, {
      model,
      input,
      take,
      caps: this.#flags,
      reuse: REUSE_MS,
      gate: (act) => this.#takeSlot(item, act),
      onCreated: (taskId) => {
        this.#lostInARow = 0
        this.#add(item, { status: 'created', taskId })
      },
    })
  }

  /** Few creates are in flight at once, so that few are unconfirmed after a kill. */
  #takeSlot<Result>(item: Item, act: () => Promise<Result>): Promise<Result> {
    const slot = this.#slots.shift() ?? Promise.resolve()
    const result = slot.then(() => {
      if (this.#isStopped()) {
        throw new ApikleyError({ kind: 'aborted', message: 'The batch has stopped.' })
      }
      this.#sent.add(item)
      return act()
    })
    this.#slots.push(result.catch(() => {}))
    return result
  }

  #isStopped(): boolean {
    return this.#stop !== undefined || this.#context.signal.aborted
  }

  async #collect(item: Item, taskId: string): Promise<void> {
    const { resolvePath, session, signal } = this.#context
    const { out, timeout } = this.#flags
    const task = await waitForTask(this.#context, taskId, timeout)
    const { apikley } = await session()
    const files = await saveTask(apikley, task, DEFAULT_NAME, await resolvePath(out), signal)
    this.#add(item, { status: 'saved', taskId, files, credits: task.creditsConsumed })
  }

  #fail(item: Item, taskId: string | undefined, error: unknown): void {
    const { kind, charge, message, idempotencyKey } = reportError(error)
    const isStop = error instanceof CapError || isDiskError(error)
    const ofItem = ApikleyError.is(error) && !isStop && STATUS_BY_KIND[error.kind]
    const status = ofItem || (error instanceof UsageError ? 'refused' : undefined)
    if (charge === 'possible' || status !== undefined) {
      const credits = ApikleyError.is(error) ? error.creditsConsumed : undefined
      const known = { taskId, error: message, credits, idempotencyKey }
      this.#add(item, { status: status ?? 'unconfirmed', ...known })
    }
    this.#lostInARow += charge === 'possible' && this.#sent.has(item) ? 1 : 0
    // A slow task does not keep the next ones from being created.
    const isSlow = kind === 'timeout' && taskId !== undefined
    const isHopeless = this.#lostInARow >= MAX_LOST_IN_A_ROW
    if ((status === undefined && !isSlow) || isHopeless) {
      this.#stop ??= this.#context.signal.aborted ? undefined : error
    }
  }

  /** Prints and records progress. A full disk stops the batch, and loses nothing in the ledger. */
  #add(item: Item, progress: Progress): void {
    try {
      const line = this.#report.add(item, progress)
      const { status, taskId = '', error = '' } = progress
      const details = [`Line ${item.line}`, status, taskId, error].filter(Boolean)
      this.#output.result(line, details.join(' '))
    } catch (error) {
      this.#stop ??= error
    }
  }

  #showProgress(): void {
    const ended = this.#items.filter((item) => isFinal(this.#report.of(item))).length
    const bar = '#'.repeat(Math.round((ended / this.#items.length) * BAR_WIDTH))
    this.#output.status(`[${bar.padEnd(BAR_WIDTH, '.')}] ${ended} of ${this.#items.length}`)
  }
}

const BAR_WIDTH = 30

/** A refused input may be accepted later, for example by another release or with more credits. */
function isFinal(progress: Progress | undefined): boolean {
  return ['saved', 'failed', 'unconfirmed'].includes(progress?.status ?? '')
}
