import { ApikleyError } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import { CREATING, type AnyRunState, type RunFailure } from './run-state.ts'
import type { Persistence } from './saved-run.ts'

const DEFAULT_TIMEOUT_MS = 900_000

/** The way of one input to its task, or of a saved key to the task of its create. */
export class Submission {
  /** Whether no wait follows the submission. */
  isStopped = false
  /** Whether the create may be charged. */
  #isSent = false
  /** Whether the proxy may still report what became of the create. */
  #isOpen = false
  /** Whether the create was refused for now. */
  #isQueued = false
  readonly #persistence: Persistence
  readonly #show: (state: AnyRunState) => void
  readonly #controller = new AbortController()

  constructor(persistence: Persistence, show: (state: AnyRunState) => void) {
    this.#persistence = persistence
    this.#show = show
  }

  /**
   * Aborts the submission if it cannot be charged. Otherwise no wait follows it.
   *
   * @returns whether it was aborted
   */
  stop(): boolean {
    this.isStopped = this.#isSent && !this.#isQueued
    if (!this.isStopped) {
      this.abort()
    }
    return !this.isStopped
  }

  /** Ends what can be ended, and releases the lock. */
  abort(): void {
    this.#controller.abort()
  }

  /**
   * Uploads the files of an input and creates its task.
   *
   * @returns its id, or nothing if the submission was aborted or another page has a run in flight
   */
  async create(input: ModelInput<ModelId>, checksum?: string): Promise<string | undefined> {
    const { client, model, options, takeTurn } = this.#persistence.context
    const { callbackUrl, timeout = DEFAULT_TIMEOUT_MS } = options
    const { signal } = this.#controller
    if (takeTurn) {
      this.#show({ status: 'pending', phase: 'queued' })
      await takeTurn()
      this.#show(CREATING)
    }
    try {
      const { taskId } = await client.tasks.create(model, input, {
        signal,
        timeout,
        callbackUrl,
        onUpload: (progress) => this.#show({ status: 'pending', phase: 'uploading', progress }),
        onKey: async (key) => {
          await this.#persistence.lock(signal)
          if (!signal.aborted && (await this.#persistence.claim(key, checksum))) {
            this.#isSent = true
          } else {
            this.abort()
          }
        },
        onPhase: (phase) => {
          this.#isQueued = phase === 'queued'
          if (phase === 'queued' || phase === 'creating') {
            this.#show({ status: 'pending', phase })
          }
        },
      })
      return taskId
    } catch (cause) {
      if (signal.aborted) {
        return undefined
      }
      const error = toError(cause)
      this.#isOpen = error.kind === 'unconfirmed' && client.transport.proxied
      throw this.#isOpen ? unread(error.idempotencyKey, error) : error
    }
  }

  /**
   * Reads what became of a saved create. It sends no create.
   *
   * @returns the id of its task, or nothing if another page has saved something else meanwhile
   */
  async recover(key: string): Promise<string | undefined> {
    const { saved, context } = this.#persistence
    this.#isSent = true
    await this.#persistence.lock(this.#controller.signal)
    await this.#persistence.restore()
    if (this.#persistence.saved !== saved) {
      return undefined
    }
    const found = await context.client.tasks.recover(key).catch((cause: unknown) => {
      this.#isOpen = true
      throw unread(key, cause)
    })
    if (found.status === 'created') {
      return found.taskId
    }
    const message = 'The create was lost. Nothing was charged. Create the task again.'
    throw found.status === 'void' ? new ApikleyError({ kind: 'connection', message }) : found.error
  }

  /** Saves the task of a submission that failed, if it has one, and returns its state. */
  fail(cause: unknown): RunFailure {
    const error = toError(cause)
    const { taskId } = error
    // A run that was not sent has saved nothing. The store may hold a run of another page.
    if (taskId !== undefined || (this.#isSent && !this.#isOpen)) {
      this.#persistence.save(taskId)
    }
    return { status: 'error', error, taskId, resumable: this.#isOpen || taskId !== undefined }
  }
}

/** The proxy has not reported yet what became of a create. */
function unread(idempotencyKey: string | undefined, cause: unknown): ApikleyError {
  const why = toError(cause).message
  const message = `It is unknown whether a task was created: ${why} Call resume() to ask again.`
  return new ApikleyError({ kind: 'unconfirmed', idempotencyKey, message, cause })
}

export function toError(cause: unknown): ApikleyError {
  return ApikleyError.is(cause)
    ? cause
    : new ApikleyError({ kind: 'unexpected-response', cause, message: String(cause) })
}
