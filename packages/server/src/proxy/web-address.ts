import { refusal } from './refusal.ts'

/** @throws {ApikleyError} a refusal of what is no address on the web */
export function webAddress(value: unknown): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw refusal(422, 'The address should be http or https.')
}
