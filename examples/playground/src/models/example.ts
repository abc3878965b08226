import type { Fields } from '@apikley/types'
import type { Values } from '../form/values.ts'
import { loadSample } from './sample.ts'
import { limitsOf, mediaKind } from '../form/check-file.ts'

/**
 * Loads the example of a model from the OpenAPI document. Its URLs of files do not exist, so a
 * sample file takes the place of each.
 */
export async function loadExample(id: string, fields: Fields): Promise<Values> {
  const { paths } = await import('@apikley/types/openapi.json')
  const examples: unknown =
    paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json'].examples
  const input = memberOf(memberOf(memberOf(examples, id), 'value'), 'input')
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    const value = memberOf(input, name)
    return value === undefined ? [] : [{ name, field, value }]
  })
  return Object.fromEntries(
    await Promise.all(
      entries.map(async ({ name, field, value }) => {
        const sample = field.media && (await loadSample(mediaKind(limitsOf(name, field.media))))
        const file = Array.isArray(value) ? [sample] : sample
        return [name, sample ? file : value] as const
      }),
    ),
  )
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
