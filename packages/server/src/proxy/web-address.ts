import { refusal } from './refusal.ts'

/** @throws {ApikleyError} a refusal of what is no address on the web */
export function webAddress(value: unknown): URL {
  if (isWebAddress(value)) {
    return new URL(value)
  }
  throw refusal(422, 'The address should be http or https.')
}

export function isWebAddress(value: unknown): value is string {
  return (
    typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
  )
}
