import type {
  ModelDescriptor,
  ModelId,
  ModelInput,
  ModelRequest,
  OperationData,
} from '@apikley/types'
import { ApikleyError } from '../errors.ts'
import { tell } from '../events.ts'
import { createTask } from '../generated/operations.ts'
import { randomId } from '../runtime.ts'
import type { OperationClient } from '../transport/send.ts'
import { checkJson, checkModel } from './check-input.ts'

export interface CreateOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Names this attempt, in errors, in events and to your own proxy, which gives one task for one
   * name. Default: a random one.
   */
  readonly attemptId?: string | undefined
  /**
   * When this attempt was sent before, in Unix ms by this client's clock: then this is a repeat,
   * which only a proxy understands. One that does not know it buys nothing (`unconfirmed`), unless
   * it has a store that still would know.
   */
  readonly firstSentAt?: number | undefined
  /**
   * Where the service posts the result once the task has ended; a public http or https address. It
   * gets the parameter `attemptId`, so that the one who receives the callback can tell which
   * attempt bought the task, also where this call failed with `unconfirmed`. Not with `proxyUrl`:
   * the proxy has its own.
   */
  readonly callbackUrl?: string | undefined
}

export type CreatedTask = OperationData<'create-task'>

export type CreateTask = <M extends ModelId>(
  model: M,
  input: ModelInput<M>,
  options?: CreateOptions,
) => Promise<CreatedTask>

/** @param onCreated told of every task that was created */
export function createCreate(
  client: OperationClient,
  models: readonly ModelDescriptor[],
  onCreated: (taskId: string, model: string, callback: boolean) => void,
): CreateTask {
  return async <M extends ModelId>(
    model: M,
    input: ModelInput<M>,
    {
      signal,
      callbackUrl,
      firstSentAt,
      attemptId = randomId(client.transport.random),
    }: CreateOptions = {},
  ) => {
    if (callbackUrl !== undefined && client.transport.proxied) {
      throw new ApikleyError({
        kind: 'configuration',
        message:
          'A page does not choose where results are posted; nothing was sent. Give callbackUrl to the proxy, on the server.',
      })
    }
    checkJson(model, input)
    await checkModel(models, model, input)
    const request = {
      model,
      input,
      ...(callbackUrl === undefined ? {} : { callBackUrl: named(callbackUrl, attemptId) }),
    }
    if (!isRequest(model, request)) {
      throw new TypeError('unreachable')
    }
    const created = await createTask<M>(client, request, { signal, attemptId, firstSentAt })
    onCreated(created.taskId, model, callbackUrl !== undefined)
    tell(client.transport.onEvent, { type: 'created', taskId: created.taskId, model, attemptId })
    return created
  }
}

/** @throws {ApikleyError} `invalid-input`, before anything is sent. */
function named(callbackUrl: string, attemptId: string): string {
  const url = URL.canParse(callbackUrl) && new URL(callbackUrl)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ApikleyError({
      kind: 'invalid-input',
      message: 'callbackUrl is no http or https address; nothing was sent. Give it in full.',
    })
  }
  // What may stand in an address stays as it is written: some sign their queries.
  const written = /^https?:\/\/[!-[\]-~]+$/i.test(callbackUrl) ? callbackUrl : url.href
  const joint = /^[^#]*\?/.test(written) ? '&' : '?'
  return written.replace(
    /#|$/,
    (rest) => `${joint}attemptId=${encodeURIComponent(attemptId)}${rest}`,
  )
}

/**
 * The registry pairs a model with its request; the compiler cannot follow that through a type
 * parameter.
 */
function isRequest<M extends ModelId>(
  model: M,
  request: { readonly model: ModelId },
): request is ModelRequest<M> & { model: M } {
  return request.model === model
}
