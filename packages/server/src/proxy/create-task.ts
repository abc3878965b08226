import { hasFiles } from '@apikley/client'
import type { ModelId, ModelInput } from '@apikley/types'
import type { RouteRequest } from './context.ts'
import { callWithDeadline } from './deadline.ts'
import { configurationError, failTemporarily, refuseUnless, requireOption } from '../errors.ts'
import { sealTaskId } from './handle.ts'
import { mayBeExpired } from './idempotency.ts'
import type { ProxyOptions, Purchase } from './options.ts'
import { isRecord, isWebUrl, readJson } from '../request-body.ts'

export async function createTask(route: RouteRequest): Promise<object> {
  const { apikley, options, user, request, signal } = route
  const { headers } = request
  const { model, input } = await readJson(request, signal, 'model', 'input')
  const attemptId = headers.get('idempotency-key') ?? crypto.randomUUID()
  const isName = /^[\x21-\x7e]{1,200}$/.test(attemptId)
  refuseUnless(isName, 422, 'Idempotency-Key must be 1 to 200 visible ASCII characters.')
  requireOption(isAllowedModel(options, model), 'This model is', 'models')
  refuseUnless(isInput(model, input), 422, 'input must be an object.')
  // The client here would upload it, past the rules for uploads.
  refuseUnless(!hasFiles(input), 422, 'input must not hold a file: upload it first.')
  const attempt = {
    user,
    attemptId,
    input: canonicalJson([model, input]),
    mayBeExpired: mayBeExpired(headers.get('idempotency-repeat'), route.attempts),
  }
  const taskId = await route.idempotentCreates.run(attempt, signal, async () => {
    // A retry does not get here: it must learn its outcome even if the user is over the limit.
    route.limits.creates.take(user)
    const callbackUrl = callbackUrlFor(options, user)
    await checkAllowed(options, { user, model, input, attemptId }, signal)
    const created = await apikley.tasks.create(model, input, { signal, attemptId, callbackUrl })
    return created.taskId
  })
  return { taskId: await sealTaskId(route.secrets, user, taskId) }
}

/** @throws {ApikleyError} a refusal, or `maintenance` if `allow` fails */
async function checkAllowed(
  { allow }: ProxyOptions,
  purchase: Purchase,
  signal: AbortSignal,
): Promise<void> {
  if (!allow) {
    return
  }
  const call = (): ReturnType<typeof allow> => allow(purchase)
  const allowed = await callWithDeadline('allow', call, signal).catch(failTemporarily)
  const reason = typeof allowed === 'string' ? allowed : 'This is not allowed here.'
  refuseUnless(allowed === true, 403, reason)
}

/** JSON that does not depend on the order of fields. */
function canonicalJson(value: unknown): string {
  const compare = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(compare)) : part,
  )
}

/** @throws {ApikleyError} `configuration` */
function callbackUrlFor({ callbackUrl }: ProxyOptions, user: string): string | undefined {
  if (typeof callbackUrl !== 'function') {
    return callbackUrl
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

function isAllowedModel({ models }: ProxyOptions, model: unknown): model is ModelId {
  return models.some((allowed) => model === (typeof allowed === 'string' ? allowed : allowed.id))
}

/** Only checks that it is an object. The descriptor or the service checks the fields. */
function isInput<M extends ModelId>(_model: M, input: unknown): input is ModelInput<M> {
  return isRecord(input)
}
