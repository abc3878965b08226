import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Context } from '../context.ts'
import type { OutputLine } from '../output.ts'
import { describeField, models, requireModel } from '../models.ts'

export function listModels({ output }: Context, { kind }: { readonly kind?: string }): void {
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
  const document: Document = JSON.parse(await readFile(path, 'utf8'))
  const { requestBody } = document.paths['/api/v1/jobs/createTask'].post
  return requestBody.content['application/json'].examples[id]?.value.input
}

interface Document {
  readonly paths: {
    readonly '/api/v1/jobs/createTask': {
      readonly post: {
        readonly requestBody: {
          readonly content: {
            readonly 'application/json': {
              readonly examples: Readonly<
                Record<string, { readonly value: { readonly input: unknown } }>
              >
            }
          }
        }
      }
    }
  }
}
