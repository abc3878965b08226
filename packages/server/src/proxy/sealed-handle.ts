import { hmacBase64Url, matchesAnySecret } from '../hmac.ts'

/** What a handle names. A handle of one sort is not valid as another. */
type Sort = 'task' | 'key'

/** A task id or an idempotency key as the page of one user gets it: `id.mac`. */
export async function sealHandle(
  [secret = '']: readonly string[],
  sort: Sort,
  user: string,
  id: string,
): Promise<string> {
  return `${id}.${await hmacBase64Url(secret, JSON.stringify([sort, user, id]))}`
}

/** The id, or `undefined` if none of the secrets signed the handle for this user. */
export async function openHandle(
  secrets: readonly string[],
  sort: Sort,
  user: string,
  handle: string,
): Promise<string | undefined> {
  const id = handle.slice(0, handle.lastIndexOf('.'))
  const seal = (secret: string): Promise<string> => sealHandle([secret], sort, user, id)
  return (await matchesAnySecret(handle, secrets, seal)) ? id : undefined
}
