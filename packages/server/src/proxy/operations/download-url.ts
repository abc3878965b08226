import { readJson } from '../body.ts'
import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'

export const downloadUrl: Operation = {
  method: 'POST',
  path: '/api/v1/common/download-url',
  async handle({ proxy: { apikley, limits }, request, user, signal }) {
    const { url } = await readJson(request, ['url'], signal)
    limits.reads(user)
    return apikley.files.downloadUrl(checkUrl('url', url), { signal })
  },
}

/** @throws {ApikleyError} a refusal of what is no address on the web */
export function checkUrl(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length <= 4096 && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
  throw refusal(422, 'invalid-input', `${name} should be an http or https address.`)
}
