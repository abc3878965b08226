import { isSame, someSecret } from '../signature.ts'
import { digestOf } from './digest.ts'

/** Task ids as users get them: `taskId.mac`, where the MAC binds the id to its user. */
export interface Handles {
  seal(user: string, taskId: string): Promise<string>
  /** The id, or nothing when the handle was not made for this user. */
  open(user: string, handle: string): Promise<string | undefined>
}

/** @param secrets the first one seals, each of them opens */
export function createHandles(secrets: readonly string[]): Handles {
  const seal = async (
    user: string,
    taskId: string,
    [secret = '']: readonly string[] = secrets,
  ): Promise<string> =>
    `${taskId}.${await digestOf(secret, JSON.stringify(['task', user, taskId]))}`
  return {
    seal: (user, taskId) => seal(user, taskId),
    async open(user, handle) {
      const taskId = handle.slice(0, handle.lastIndexOf('.'))
      const ours = await someSecret(secrets, async (secret) =>
        isSame(handle, await seal(user, taskId, [secret])),
      )
      return ours ? taskId : undefined
    },
  }
}
