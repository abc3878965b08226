import type {
  DeprecatedModelId,
  ModelDescriptor,
  ModelInput,
  ModelId,
  ModelRequest,
  OperationData,
} from '@apikley/types'
import { ApikleyError, misconfigured, unsent } from '../errors.ts'
import { emit } from '../events.ts'
import { copyInput, readFiles, readInput, uploadFiles } from '../files/input-files.ts'
import type { Upload, UploadProgress } from '../files/upload.ts'
import { createTask } from '../generated/operations.ts'
import { createDeadline, raceAbort, throwIfAborted, toAborted } from '../http/abort.ts'
import type { OperationClient } from '../http/api.ts'
import { UNKEYED } from '../http/call.ts'
import { checkOptions } from '../http/check-options.ts'
import type { Turn } from '../http/rate-limit.ts'
import { hold, parseUrl, randomId } from '../runtime.ts'
import { checkModel, explainUnknownModel, invalidInput } from './check-input.ts'
import type { CreateOnce } from './create-once.ts'
import { recoverTask, type CreateKey, type Recover } from './recover.ts'

/**
 * The step of a run: uploading the files of its input, waiting for a turn to create the task,
 * creating it, or waiting for its result. A queued create is sent when its turn comes.
 */
export type RunPhase = 'uploading' | 'queued' | 'creating' | 'waiting'

export interface CreateOptions extends Pick<Turn, 'user'> {
  readonly signal?: AbortSignal | undefined
  /**
   * How long uploading and creating may take together, in ms. The error is `timeout` if the task
   * was not sent, and `unconfirmed` if it was in flight. Default: no limit.
   */
  readonly timeout?: number | undefined
  /**
   * Names this create. All calls with one key create one task, in all processes that share a
   * `store`, for 24 h. Pass a key of `tasks.createKey()`. Your own needs `createdAt`, and a store
   * that loses it lets a second call create another task. Default: a random key, and no such
   * protection.
   */
  readonly idempotencyKey?: string | undefined
  /**
   * When a key of your own was made, in Unix ms, for example the time of a job. The store knows by
   * it whether an earlier call may have used the key. Without it, the first call with a key is
   * `unconfirmed` until the store is 11 h old.
   */
  readonly createdAt?: number | undefined
  /**
   * Where the service posts the result: a public http or https URL. The client adds the parameter
   * `idempotencyKey`, so the receiver knows which create made the task, even if this call failed
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
   * Called with the idempotency key and awaited immediately before the task is sent, but not for a
   * key that has created its task already. Store the key here for `tasks.recover`. If it fails, the
   * call fails with its error, and nothing is charged.
   */
  readonly onKey?: ((idempotencyKey: string) => unknown) | undefined
}

export type CreatedTask = OperationData<'create-task'>

type CreateModelTask = <M extends ModelId>(
  model: M,
  input: ModelInput<M>,
  options?: CreateOptions,
) => Promise<CreatedTask>

interface CreateDeprecatedTask {
  /** @deprecated Apikley has retired this model. */
  <M extends DeprecatedModelId>(
    model: M,
    input: ModelInput<M>,
    options?: CreateOptions,
  ): Promise<CreatedTask>
}

/** See `Run` for the overload. */
export type CreateTask = [DeprecatedModelId] extends [never]
  ? CreateModelTask
  : CreateDeprecatedTask & CreateModelTask

/** The parts of a client that create tasks. */
export interface CreateParts {
  readonly client: OperationClient
  readonly models: readonly ModelDescriptor[]
  readonly upload: Upload
  readonly createKey: CreateKey
  readonly createOnce: CreateOnce
  readonly recover: Recover
  readonly onCreated: (taskId: string, model: string, callback: boolean) => void
}

export function createCreate(parts: CreateParts): CreateTask {
  const { clock, onEvent, proxied } = parts.client.transport
  return async <M extends ModelId>(model: M, input: ModelInput<M>, given?: CreateOptions) => {
    const options = checkOptions(given)
    const { timeout = Infinity, callbackUrl } = options
    if (callbackUrl !== undefined && proxied) {
      throw misconfigured('callbackUrl is an option of the proxy on the server.')
    }
    const { copy, files } = checkedInput(model, input)
    if (timeout === 0) {
      throw notSent(timeout)
    }
    const deadline = createDeadline(clock, timeout, () => notSent(timeout), options.signal)
    const { signal } = deadline
    try {
      throwIfAborted(signal)
      const reading = readFiles(files, signal, options.onUpload)
      const blobs = await raceAbort(hold(clock, reading), signal).catch((cause: unknown) => {
        throwIfAborted(signal)
        throw invalidInput(model, cause)
      })
      const sending = { model, input: copy, files: blobs, options, signal }
      const { taskId, key } = await createWithKey(parts, sending)
      parts.onCreated(taskId, model, callbackUrl !== undefined)
      emit(onEvent, { type: 'created', taskId, model, idempotencyKey: key })
      return { taskId }
    } catch (error) {
      // An aborted upload does not know the key.
      const isUpload = ApikleyError.is(error) && error.kind === 'aborted' && !error.idempotencyKey
      const reason = isUpload && signal.aborted ? signal.reason : error
      const failure = toAborted(reason, signal, { idempotencyKey: options.idempotencyKey })
      if (ApikleyError.is(failure) && failure.charge === 'none' && failure.kind !== 'aborted') {
        emit(onEvent, { type: 'refused', model, error: failure })
      }
      // The key may have failed while files are uploaded, or the other way round.
      deadline.abort(failure)
      throw failure
    } finally {
      deadline.release()
    }
  }
}

/** One call of `tasks.create`. */
interface Sending<M extends ModelId> {
  readonly model: M
  /** As JSON holds it, with its files. */
  readonly input: unknown
  readonly files: ReadonlyMap<unknown, Blob>
  readonly options: CreateOptions
  readonly signal: AbortSignal
}

/**
 * A key of the caller is sent once in all processes that share the store. A proxy makes its keys.
 * Other keys are random, and in no store.
 */
async function createWithKey<M extends ModelId>(
  parts: CreateParts,
  sending: Sending<M>,
): Promise<{ readonly taskId: string; readonly key: string }> {
  const { proxied, random } = parts.client.transport
  const { model, input, files, options, signal } = sending
  const { idempotencyKey, createdAt } = options
  if (idempotencyKey !== undefined && !proxied) {
    // A repeated upload has another URL, so files are compared by size and type.
    const compared = copyInput(input, (value) => {
      const file = files.get(value)
      return file && { size: file.size, type: file.type }
    })
    const create = { key: idempotencyKey, createdAt, input: [model, compared] }
    const send = (onSend: () => Promise<void>): Promise<string> =>
      uploadAndSend(parts, sending, idempotencyKey, onSend)
    return { taskId: await parts.createOnce.create(create, signal, send), key: idempotencyKey }
  }
  if (proxied) {
    const makingKey = idempotencyKey ?? parts.createKey({ signal })
    const taskId = await uploadAndSend(parts, sending, makingKey).catch(async (error: unknown) =>
      recoverTask(parts.recover, await makingKey, error, signal),
    )
    return { taskId, key: await makingKey }
  }
  const key = `${UNKEYED}${randomId(random)}`
  return { taskId: await uploadAndSend(parts, sending, key), key }
}

/** Uploads the files while the key is made, and sends the create. */
async function uploadAndSend<M extends ModelId>(
  { client, models, upload }: CreateParts,
  { model, input, files, options, signal }: Sending<M>,
  makingKey: string | Promise<string>,
  onSend?: () => Promise<void>,
): Promise<string> {
  const { callbackUrl, onPhase, onUpload, onKey, user } = options
  if (files.size > 0) {
    emit(onPhase, 'uploading')
  }
  const [idempotencyKey, urls] = await Promise.all([
    makingKey,
    files.size > 0 ? uploadFiles(files, upload, signal, onUpload) : undefined,
  ])
  const sent = urls ? copyInput(input, (value) => urls.get(value)) : input
  await checkModel(models, model, sent)
  emit(onPhase, 'creating')
  if (onKey) {
    await raceAbort(Promise.resolve(idempotencyKey).then(onKey), signal).catch((error: unknown) => {
      throw toAborted(error, signal, { idempotencyKey })
    })
  }
  const request = toRequest(model, {
    input: sent,
    ...(callbackUrl !== undefined && { callBackUrl: withKey(callbackUrl, idempotencyKey) }),
  })
  const onQueue = queueReporter(onPhase)
  const sendOptions = { signal, idempotencyKey, onSend, onQueue, user }
  const { taskId } = await createTask<M>(client, request, sendOptions).catch((error: unknown) => {
    throw explainUnknownModel(models, model, error)
  })
  return taskId
}

/** Reports the phases of a create that waits for a limit. */
function queueReporter(onPhase: CreateOptions['onPhase']): (isQueued: boolean) => void {
  let phase: RunPhase = 'creating'
  return (isQueued) => {
    const next = isQueued ? 'queued' : 'creating'
    if (next !== phase) {
      emit(onPhase, next)
    }
    phase = next
  }
}

/** @throws {ApikleyError} `invalid-input` */
function checkedInput(model: string, input: unknown): ReturnType<typeof readInput> {
  try {
    return readInput(model, input)
  } catch (cause) {
    throw invalidInput(model, cause)
  }
}

/** The registry pairs a model with its request, which the compiler cannot derive from `M`. */
function toRequest<M extends ModelId>(model: M, body: object): ModelRequest<M> & { model: M }
function toRequest(model: ModelId, body: object): object {
  return { model, ...body }
}

/** @throws {ApikleyError} `invalid-input` for another URL than http or https */
function withKey(given: string, key: string): string {
  // A caller in JavaScript may pass a URL.
  const callbackUrl = String(given)
  const url = parseUrl(callbackUrl)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw unsent('invalid-input', 'callbackUrl must be a full http or https URL.')
  }
  // Some users sign their query, so a valid URL keeps its spelling.
  const isValid = /^https?:\/\/[!-[\]-~]+$/i.test(callbackUrl)
  const joint = /^[^#]*\?/.test(callbackUrl) ? '&' : '?'
  return (isValid ? callbackUrl : url.href).replace(
    /#|$/,
    (rest) => `${joint}idempotencyKey=${encodeURIComponent(key)}${rest}`,
  )
}

function notSent(timeout: number): ApikleyError {
  const message = `The timeout of ${timeout} ms ended before the task was sent. Nothing was charged.`
  return new ApikleyError({ kind: 'timeout', message })
}
