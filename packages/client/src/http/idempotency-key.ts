import { misconfigured } from '../errors.ts'

/** The prefix of the key of a create that no store records. */
export const UNKEYED = 'unkeyed.'

/** A key of `createKey`: `nonce.time.markerId`, and from a proxy also its signature. */
export const MADE_KEY: RegExp = /^([0-9a-f]{32}\.(\d{13,})\.([0-9a-f]{32}))(\.|$)/

/** @throws {ApikleyError} `configuration` for a key that no header or store can hold */
export function checkKey(key: unknown): void {
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message =
      'idempotencyKey must be a text of 1 to 255 printable ASCII characters without spaces. Nothing was sent.'
    throw misconfigured(message)
  }
}

/** @throws {ApikleyError} `configuration` for another value than a time in Unix ms */
export function checkCreatedAt(createdAt: unknown): void {
  if (createdAt !== undefined && !(typeof createdAt === 'number' && createdAt >= 0)) {
    const message = 'createdAt must be a number: a time in Unix ms. Nothing was sent.'
    throw misconfigured(message)
  }
}
