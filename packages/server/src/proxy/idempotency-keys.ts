import { ApikleyError, type Apikley, type Recovery } from '@apikley/client'
import type { RouteRequest } from './context.ts'
import { errorForPage, refuseUnless } from '../errors.ts'
import { openHandle, sealHandle } from './sealed-handle.ts'

/** Makes an idempotency key that only this user can use. */
export async function createKey({ apikley, secrets, user }: RouteRequest): Promise<object> {
  return { key: await sealHandle(secrets, 'key', user, await apikley.tasks.createKey()) }
}

/** A key as a proxy makes it. No proxy has created a task for another one. */
const MADE_KEY = /^[0-9a-f]{32}\.\d+\.[0-9a-f]{32}\.[\w-]{43}$/

/** @throws {ApikleyError} a refusal if the proxy did not make the key for this user */
export async function checkKey(route: RouteRequest, key: string): Promise<void> {
  const { secrets, user, onFinal } = route
  const isOwn = (await openHandle(secrets, 'key', user, key)) !== undefined
  if (!MADE_KEY.test(key)) {
    onFinal()
  }
  refuseUnless(isOwn, 422, 'The idempotency key is not from POST /keys of this user.')
}

/** The page asks again while a create is in flight, because a request has a deadline. */
const MAX_WAIT_MS = 10_000

async function recoverInTime(
  { tasks, transport }: Apikley,
  key: string,
  signal: AbortSignal,
): Promise<Recovery | { readonly status: 'pending' }> {
  const deadline = new AbortController()
  const abort = (): void => deadline.abort(signal.reason)
  signal.addEventListener('abort', abort)
  const cancel = transport.clock.after(MAX_WAIT_MS, () => deadline.abort())
  try {
    return await tasks.recover(key, { signal: deadline.signal })
  } catch (error) {
    if (ApikleyError.is(error) && error.kind === 'aborted' && !signal.aborted) {
      return { status: 'pending' }
    }
    throw error
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

/** Reports what became of a key of this user. */
export async function recoverKey(route: RouteRequest): Promise<object> {
  const { apikley, secrets, user, name, signal } = route
  await checkKey(route, name)
  const found = await recoverInTime(apikley, name, signal)
  switch (found.status) {
    case 'created':
      return { ...found, taskId: await sealHandle(secrets, 'task', user, found.taskId) }
    case 'void':
    case 'pending':
      return found
    default:
      return { ...found, error: errorForPage(found.error.toJSON(), true) }
  }
}
