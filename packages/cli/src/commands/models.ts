import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Context } from '../context.ts'
import type { OutputLine } from '../output.ts'
import { describeField, models, requireModel } from '../models.ts'

interface ListOptions {
  readonly kind?: string
}

export async function listModels({ output }: Context, { kind }: ListOptions): Promise<void> {
  for (const { id, title, output: result, note, deprecated = false } of models) {
    if (kind === undefined || kind === result) {
      const text = `${id.padEnd(44)} ${result.padEnd(6)} ${title}${note ? ` (${note})` : ''}`
      output.result({ type: 'model', model: id, title, kind: result, note, deprecated }, text)
    }
  }
}

/** A JSON Schema for programs, a table for people. */
export async function showSchema({ output }: Context, id: string): Promise<void> {
  const { schema, lines } = await describeModel(id)
  output.result(schema, lines.join('\n'))
}

export async function describeModel(
  id: string,
): Promise<{ readonly schema: OutputLine; readonly lines: readonly string[] }> {
  const descriptor = await requireModel(id)
  const { title, description, note, fields } = descriptor
  const example = await readExample(id)
  const schema = descriptor['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  const table = Object.entries(fields).map(
    ([name, field]) => `  ${name.padEnd(24)} ${describeField(field)}`,
  )
  return {
    schema: { ...schema, type: 'object', description, examples: [example] },
    lines: [
      `${title} (${id})`,
      [description, note].filter(Boolean).join(' '),
      '',
      ...table,
      '',
      `Example: ${JSON.stringify(example)}`,
    ],
  }
}

/** The example of the OpenAPI document. */
async function readExample(id: string): Promise<unknown> {
  const path = createRequire(import.meta.url).resolve('@apikley/types/openapi.json')
  const document: unknown = JSON.parse(await readFile(path, 'utf8'))
  const way = ['paths', '/api/v1/jobs/createTask', 'post', 'requestBody', 'content']
  const names = [...way, 'application/json', 'examples', id, 'value', 'input']
  return names.reduce((part: unknown, name) => Object(part)[name], document)
}
