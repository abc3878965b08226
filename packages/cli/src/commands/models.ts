import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Context, Flags } from '../context.ts'
import { describeField, models, requireModel } from '../models.ts'

export async function listModels(
  { output }: Context,
  _: readonly string[],
  { kind }: Pick<Flags, 'kind'>,
): Promise<void> {
  for (const { id, title, output: result, note, deprecated = false } of models) {
    if (kind === undefined || kind === result) {
      const text = `${id.padEnd(44)} ${result.padEnd(6)} ${title}${note ? ` (${note})` : ''}`
      output.result({ type: 'model', model: id, title, kind: result, note, deprecated }, text)
    }
  }
}

/** Prints a JSON Schema for programs, a table for people. */
export async function showSchema({ output }: Context, [id = '']: readonly string[]): Promise<void> {
  const descriptor = await requireModel(id)
  const { title, description, note, fields } = descriptor
  const example = await readExample(id)
  const schema = descriptor['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  const table = Object.entries(fields).map(
    ([name, field]) => `  ${name.padEnd(24)} ${describeField(field)}`,
  )
  const text = [
    `${title} (${id})`,
    [description, note].filter(Boolean).join(' '),
    '',
    ...table,
    '',
    `Example: ${JSON.stringify(example)}`,
  ]
  output.result({ ...schema, type: 'object', description, examples: [example] }, text.join('\n'))
}

/** The example of the OpenAPI document. */
async function readExample(id: string): Promise<unknown> {
  const path = createRequire(import.meta.url).resolve('@apikley/types/openapi.json')
  const document: unknown = JSON.parse(await readFile(path, 'utf8'))
  const way = ['paths', '/api/v1/jobs/createTask', 'post', 'requestBody', 'content']
  const names = [...way, 'application/json', 'examples', id, 'value', 'input']
  return names.reduce((part: unknown, name) => Object(part)[name], document)
}
