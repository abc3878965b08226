import type {
  ModelDescriptor,
  ModelFileInput,
  ModelInput,
  ModelId,
  ModelRequest,
  OperationData,
} from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { emit } from '../events.ts'
import { copyInput, uploadFiles, type FileValue } from '../files/input-files.ts'
import type { Upload, UploadProgress } from '../files/upload.ts'
import { createTask } from '../generated/operations.ts'
import { createDeadline, raceAbort } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { randomId } from '../runtime.ts'
import { checkModel, invalidInput } from './check-input.ts'

/** The step of a run: uploading the files of its input, creating the task, or waiting for it. */
export type RunPhase = 'uploading' | 'creating' | 'waiting'

/** What a later repeat of the same create needs. */
export interface RunAttempt {
  readonly attemptId: string
  /** In Unix ms, by the client's clock. */
  readonly firstSentAt: number
  /** Plain JSON: files are replaced by their URLs. */
  readonly input: ModelInput<ModelId>
}

export interface CreateOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * How long uploading and creating may take together, in ms. The error is `timeout` if the task
   * was not sent, and `unconfirmed` if it was in flight. Default: no limit.
   */
  readonly timeout?: number | undefined
  /**
   * Names this create in errors, in events and for your own proxy, which makes one task per name.
   * Default: a random name.
   */
  readonly attemptId?: string | undefined
  /**
   * When this attempt was first sent, in Unix ms by this client's clock. It marks a repeat, which
   * only a proxy understands. A proxy that does not know the attempt answers `unconfirmed`, unless
   * its store proves that the attempt never arrived.
   */
  readonly firstSentAt?: number | undefined
  /**
   * Where the service posts the result: a public http or https URL. The client adds the parameter
   * `attemptId`, so the receiver knows which attempt made the task, even if this call failed
   * with `unconfirmed`. Not with `proxyUrl`: the proxy has its own.
   */
  readonly callbackUrl?: string | undefined
  /** Called when a phase begins. Without files there is no `uploading`. Its errors are ignored. */
  readonly onPhase?: ((phase: RunPhase) => void) | undefined
  /**
   * Called while the files of the input are uploaded, with the sum of their bytes; see
   * `onProgress` of `files.upload`. Its errors are ignored.
   */
  readonly onUpload?: ((progress: UploadProgress) => void) | undefined
  /**
   * Called once after the uploads, and awaited before the task is sent. Store the attempt here to
   * repeat it later through a proxy. If it fails, the call fails with its error, and nothing is
   * charged.
   */
  readonly onAttempt?: ((attempt: RunAttempt) => unknown) | undefined
}

export type CreatedTask = OperationData<'create-task'>

export type CreateTask = <M extends ModelId>(
  model: M,
  input: ModelFileInput<M>,
  options?: CreateOptions,
) => Promise<CreatedTask>

/** @param onCreated called with every created task */
export function createCreate(
  client: OperationClient,
  models: readonly ModelDescriptor[],
  upload: Upload,
  onCreated: (taskId: string, model: string, callback: boolean) => void,
): CreateTask {
  const { clock, random, onEvent, proxied } = client.transport
  return async <M extends ModelId>(
    model: M,
    input: ModelFileInput<M>,
    options: CreateOptions = {},
  ): Promise<CreatedTask> => {
    const { timeout = Infinity, attemptId = randomId(random), callbackUrl, firstSentAt } = options
    if (callbackUrl !== undefined && proxied) {
      throw misuse('callbackUrl is an option of the proxy on the server; nothing was sent.')
    }
    checkTimeout(timeout)
    const { copy, files } = readInput(model, input)
    if (timeout === 0) {
      throw notSent(timeout)
    }
    const deadline = createDeadline(clock, timeout, () => notSent(timeout), options.signal)
    const { signal } = deadline
    try {
      signal.throwIfAborted()
      let urls: ReadonlyMap<FileValue, string> | undefined
      if (files.size > 0) {
        emit(options.onPhase, 'uploading')
        urls = await uploadFiles(files, upload, signal, options.onUpload)
      }
      const sent = replaceFiles<M>(copy, urls)
      await checkModel(models, model, sent)
      emit(options.onPhase, 'creating')
      if (options.onAttempt) {
        const attempt = { attemptId, firstSentAt: firstSentAt ?? clock.now(), input: sent }
        await raceAbort(Promise.resolve(attempt).then(options.onAttempt), signal)
      }
      const request = toRequest(model, sent, callbackUrl, attemptId)
      const created = await createTask<M>(client, request, { signal, attemptId, firstSentAt })
      onCreated(created.taskId, model, callbackUrl !== undefined)
      emit(onEvent, { type: 'created', taskId: created.taskId, model, attemptId })
      return created
    } finally {
      deadline.release()
    }
  }
}

/**
 * The input as JSON holds it, and its files.
 *
 * @throws {ApikleyError} `invalid-input`
 */
function readInput(
  model: string,
  input: unknown,
): { readonly copy: unknown; readonly files: ReadonlySet<FileValue> } {
  const files = new Set<FileValue>()
  const keep = (file: FileValue): FileValue => {
    files.add(file)
    return file
  }
  try {
    return { copy: copyInput(input, keep), files }
  } catch (cause) {
    throw invalidInput(model, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function replaceFiles<M extends ModelId>(
  copy: unknown,
  urls: ReadonlyMap<FileValue, string> | undefined,
): ModelInput<M>
function replaceFiles(copy: unknown, urls: ReadonlyMap<FileValue, string> | undefined): unknown {
  return urls ? copyInput(copy, (file) => urls.get(file)) : copy
}

/** The registry pairs a model with its request, which the compiler cannot derive from `M`. */
function toRequest<M extends ModelId>(
  model: M,
  input: unknown,
  callbackUrl: string | undefined,
  attemptId: string,
): ModelRequest<M> & { model: M }
function toRequest(
  model: ModelId,
  input: unknown,
  callbackUrl: string | undefined,
  attemptId: string,
): object {
  return {
    model,
    input,
    ...(callbackUrl === undefined ? {} : { callBackUrl: withAttemptId(callbackUrl, attemptId) }),
  }
}

/** @throws {ApikleyError} `invalid-input` for another URL than http or https */
function withAttemptId(callbackUrl: string, attemptId: string): string {
  const url = URL.canParse(callbackUrl) && new URL(callbackUrl)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ApikleyError({
      kind: 'invalid-input',
      message: 'callbackUrl must be a full http or https URL; nothing was sent.',
    })
  }
  // Some users sign their query, so a valid URL keeps its spelling.
  const isValid = /^https?:\/\/[!-[\]-~]+$/i.test(callbackUrl)
  const joint = /^[^#]*\?/.test(callbackUrl) ? '&' : '?'
  return (isValid ? callbackUrl : url.href).replace(
    /#|$/,
    (rest) => `${joint}attemptId=${encodeURIComponent(attemptId)}${rest}`,
  )
}

/** @throws {ApikleyError} `configuration` */
export function checkTimeout(timeout: number): void {
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw misuse(`timeout must be a number of milliseconds, not ${timeout}`)
  }
}

function notSent(timeout: number): ApikleyError {
  return new ApikleyError({
    kind: 'timeout',
    message: `The timeout of ${timeout} ms ended before the task was sent. Nothing was charged.`,
  })
}

function misuse(message: string): ApikleyError {
  return new ApikleyError({ kind: 'configuration', message })
}
