import { misconfigured } from '../errors.ts'

/** Holds the key in a closure, where no log and no printed client shows it. */
export interface KeyRing {
  /** The `Authorization` header for a URL. Only the client's own base URLs get one. */
  headerFor(url: string): string | undefined
  /**
   * The text with `[key]` in place of the key. The client applies it to every response before it
   * reads it, so errors, events, results and `raw` never hold the key. Downloaded files stay as
   * they are.
   */
  redact(text: string): string
  /** @throws {ApikleyError} `configuration` if the key is missing */
  check(): void
}

/** A shorter key may be a part of a word or a URL, which redaction would damage. */
const MIN_KEY_LENGTH = 16

export const NO_KEY: KeyRing = {
  headerFor: () => undefined,
  redact: (text) => text,
  check: () => {},
}

/** A missing key is read again with the first request: frameworks build without one. */
export function createKeyRing(find: () => string | undefined, bases: readonly string[]): KeyRing {
  let key = find()
  let pattern: RegExp | undefined
  const required = (): string => {
    key ??= find()
    if (key === undefined) {
      throw misconfigured(
        'The API key is missing. Set APIKLEY_API_KEY, or pass { apiKey }. ' +
          'Keys: https://app.apikley.ru/keys.',
      )
    }
    return key
  }
  return {
    headerFor: (url) =>
      bases.some((base) => url.startsWith(`${base}/`)) ? `Bearer ${required()}` : undefined,
    redact: (text) => {
      if (key === undefined) {
        return text
      }
      pattern ??= new RegExp(Array.from(key, toPattern).join(''), 'g')
      return text.replace(pattern, '[key]')
    },
    check: () => void required(),
  }
}

/** Matches a character as it is, escaped in JSON, or encoded in a URL, also repeatedly. */
function toPattern(character: string): string {
  const code = character.charCodeAt(0).toString(16).padStart(2, '0')
  const hex = code.replace(/[a-f]/, (digit) => `[${digit}${digit.toUpperCase()}]`)
  const escapes = /["/\\]/.test(character) ? String.raw`\\*` : ''
  const plain = character.replace(/\W/, String.raw`\$&`)
  return String.raw`(${escapes}${plain}|\\+u00${hex}|%(25)*${hex})`
}

/** @throws {ApikleyError} `configuration` for a key that cannot be sent or redacted */
export function checkKey(key: unknown, isShortAllowed: boolean | undefined): string | undefined {
  if (!key) {
    return undefined
  }
  // The platform would quote a key with a line break in its error.
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    throw misconfigured('The API key has invalid characters: check it for spaces and line breaks.')
  }
  if (key.length < MIN_KEY_LENGTH && !isShortAllowed) {
    throw misconfigured(
      `The API key has fewer than ${MIN_KEY_LENGTH} characters. ` +
        'In a test, use a longer one, or set allowShortKey: true.',
    )
  }
  return key
}
