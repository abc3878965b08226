import { hmacBase64Url, matchesAnySecret } from '../hmac.ts'

/** A task id as the page of one user gets it: `taskId.mac`. The first secret signs it. */
export async function sealTaskId(
  [secret = '']: readonly string[],
  user: string,
  taskId: string,
): Promise<string> {
  return `${taskId}.${await hmacBase64Url(secret, JSON.stringify(['task', user, taskId]))}`
}

/** The task id, or `undefined` if none of the secrets signed the handle for this user. */
export async function openHandle(
  secrets: readonly string[],
  user: string,
  handle: string,
): Promise<string | undefined> {
  const taskId = handle.slice(0, handle.lastIndexOf('.'))
  const seal = (secret: string): Promise<string> => sealTaskId([secret], user, taskId)
  return (await matchesAnySecret(handle, secrets, seal)) ? taskId : undefined
}
