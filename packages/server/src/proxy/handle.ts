import { hmac, isHmac } from '../signature.ts'

/** Task ids as users get them: `taskId.mac`, where the MAC binds the id to its user. */
export interface Handles {
  seal(user: string, taskId: string): Promise<string>
  /** The id, or nothing when the handle was not made for this user. */
  open(user: string, handle: string): Promise<string | undefined>
}

/** @param secrets the first one seals, each of them opens */
export function createHandles([secret = '', ...older]: readonly string[]): Handles {
  const text = (user: string, taskId: string): string => JSON.stringify(['task', user, taskId])
  return {
    async seal(user, taskId) {
      const mac = btoa(String.fromCharCode(...(await hmac(secret, text(user, taskId)))))
      return `${taskId}.${mac.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
    },
    async open(user, handle) {
      const [, taskId, mac] = /^(.{1,256})\.([\w-]{43})$/.exec(handle) ?? []
      if (taskId === undefined || mac === undefined) return undefined
      const bytes = Uint8Array.from(atob(mac.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
      for (const each of [secret, ...older]) if (await isHmac(each, text(user, taskId), bytes)) return taskId
      return undefined
    },
  }
}
