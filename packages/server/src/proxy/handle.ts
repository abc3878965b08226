import { hmac, isHmac } from '../signature.ts'
import { fromBase64url, toBase64url } from './base64url.ts'

/** Task ids as users get them: `taskId.mac`, where the MAC binds the id to its user. */
export interface Handles {
  seal(user: string, taskId: string): Promise<string>
  /** The id, or nothing when the handle was not made for this user. */
  open(user: string, handle: string): Promise<string | undefined>
}

/** @param secrets the first one seals, each of them opens */
export function createHandles(secrets: readonly string[]): Handles {
  const text = (user: string, taskId: string): string => JSON.stringify(['task', user, taskId])
  return {
    seal: async (user, taskId) => `${taskId}.${toBase64url(await hmac(secrets[0] ?? '', text(user, taskId)))}`,
    async open(user, handle) {
      // 43 letters hold two bits more than the MAC; where these are not 0, it is another spelling of the same.
      const [, taskId = '', mac = ''] = /^(.+)\.([\w-]{42}[AEIMQUYcgkosw048])$/s.exec(handle) ?? []
      for (const secret of secrets) if (mac && (await isHmac(secret, text(user, taskId), fromBase64url(mac)))) return taskId
      return undefined
    },
  }
}
