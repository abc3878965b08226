import { ApikleyError, hasFiles } from '@apikley/client'
import type { UntypedModel } from '@apikley/types'
import type { RouteRequest } from './context.ts'
import { callWithDeadline } from './deadline.ts'
import {
  configurationError,
  failTemporarily,
  refuseUnless,
  requireOption,
  unconfirmed,
} from '../errors.ts'
import { sealHandle } from './sealed-handle.ts'
import { checkKey } from './idempotency-keys.ts'
import type { ProxyOptions, Purchase } from './options.ts'
import { isRecord, isWebUrl, readJson } from '../request-body.ts'

export async function createTask(route: RouteRequest): Promise<object> {
  const { apikley, options, user, request, signal } = route
  const { model, input } = await readJson(route, 'model', 'input')
  const idempotencyKey = request.headers.get('idempotency-key') ?? ''
  await checkKey(route, idempotencyKey)
  requireOption(isAllowedModel(options, model), 'This model is', 'models')
  refuseUnless(isRecord(input), 422, 'input must be an object.')
  // The client here would upload it, past the rules for uploads.
  refuseUnless(!hasFiles(input), 422, 'input must not hold a file: upload it first.')
  let checks: Promise<void> | undefined
  const creating = apikley.tasks.create(model, input, {
    signal,
    user,
    idempotencyKey,
    callbackUrl: callbackUrlFor(options, user),
    // Not called for a repeat of a create: its outcome does not depend on the limit.
    async onKey() {
      checks = checkNewTask(route, { user, model, input, idempotencyKey })
      await checks
    },
  })
  const { taskId } = await creating.catch(async (error: unknown) => {
    if (signal.aborted && !checks) {
      // Another request with this key is still in flight. It may be charged.
      throw unconfirmed(idempotencyKey)
    }
    // If `allow` or the store was too slow, this throws the reason.
    const reason = await Promise.resolve(checks).then(
      () => error,
      (cause: unknown) => cause,
    )
    return settleRefusal(route, idempotencyKey, reason)
  })
  route.onFinal()
  return { taskId: await sealHandle(route.secrets, 'task', user, taskId) }
}

/** The page may resend a create after these refusals. */
const RETRYABLE_KINDS: readonly string[] = [
  'rate-limited',
  'maintenance',
  'connection',
  'timeout',
  'aborted',
]

/**
 * Makes a refusal final, so that a late copy of the request creates nothing. Returns the task if
 * such a copy was faster.
 */
async function settleRefusal(
  { apikley, signal, onFinal }: RouteRequest,
  idempotencyKey: string,
  error: unknown,
): Promise<{ readonly taskId: string }> {
  if (!ApikleyError.is(error) || error.charge !== 'none' || RETRYABLE_KINDS.includes(error.kind)) {
    throw error
  }
  // The check of the input refuses each copy, and a key of another input is not a copy.
  if (error.kind !== 'invalid-input') {
    const found = await apikley.tasks.recover(idempotencyKey, { signal })
    if (found.status === 'created') {
      return found
    }
    if (found.status === 'unconfirmed') {
      throw found.error
    }
  }
  onFinal()
  throw error
}

/** @throws {ApikleyError} a refusal, or `maintenance` if `allow` or the store fails */
async function checkNewTask(
  { limits, options: { allow }, signal }: RouteRequest,
  purchase: Purchase,
): Promise<void> {
  await limits.creates.take(purchase.user, signal)
  if (!allow) {
    return
  }
  const call = (): ReturnType<typeof allow> => allow(purchase)
  const allowed = await callWithDeadline('allow', call, signal).catch(failTemporarily)
  const reason = typeof allowed === 'string' ? allowed : 'This is not allowed here.'
  refuseUnless(allowed === true, 403, reason)
}

/** @throws {ApikleyError} `configuration` */
function callbackUrlFor({ callbackUrl }: ProxyOptions, user: string): string | undefined {
  if (typeof callbackUrl !== 'function') {
    return callbackUrl || undefined
  }
  let cause: unknown
  try {
    const url = callbackUrl(user)
    if (isWebUrl(url)) {
      return url
    }
  } catch (error) {
    cause = error
  }
  throw configurationError('callbackUrl did not return an http or https URL.', cause)
}

/** The input is not typed here. The descriptor or the service checks it. */
function isAllowedModel({ models }: ProxyOptions, model: unknown): model is UntypedModel {
  return models.some((allowed) => model === (typeof allowed === 'string' ? allowed : allowed.id))
}
