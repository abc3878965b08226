import { isSame, someSecret } from '../signature.ts'

/**
 * Whether an address has one of the tokens as its parameter `token`, told in a time that does not
 * depend on where they differ.
 */
export function hasToken(url: string, tokens: string | readonly string[]): Promise<boolean> {
  const given = parametersOf(url).get('token') ?? ''
  return someSecret(tokens, (token) => isSame(given, token))
}

export function parametersOf(url: string): URLSearchParams {
  return new URLSearchParams(/^[^?#]*\?([^#]*)/.exec(url)?.[1])
}
