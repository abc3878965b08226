import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Field, ModelDescriptor } from '@apikley/types'
import { models } from '@apikley/types/models'
import { parse } from 'yaml'
import { repository } from '../release/packages.ts'
import { valueAt, type Json, type JsonObject } from '../spec/compile/json.ts'
import { limitsOf, mediaOf } from '../spec/generate/prose.ts'
import { literal } from '../spec/generate/source.ts'

const RESULTS: Readonly<Record<string, string>> = {
  image: 'images',
  video: 'a video',
  audio: 'a sound',
  text: 'a text',
  object: 'an object',
}

/** Writes a page for each model, and their list. Returns their number. */
export async function writeModelPages(): Promise<number> {
  await rm(join(repository, 'docs/models'), { recursive: true, force: true })
  const pages = await modelPages()
  for (const [page, text] of pages) {
    await write(page, text)
  }
  await write('docs/models/index.md', listPage())
  const vendors = Map.groupBy(models, ({ id }) => id.split('/').slice(0, -1)[0] ?? 'sora')
  const sidebar = Array.from(vendors, ([text, items]) => ({
    text,
    items: items.map(({ id, title }) => ({ text: title, link: `/models/${id}` })),
  }))
  await write('docs/generated/models.json', JSON.stringify(sidebar, null, 2))
  return pages.size
}

/** The text of each model's page, by path. */
export async function modelPages(): Promise<ReadonlyMap<string, string>> {
  const examples = await readExamples()
  const pages = models.map(async ({ id }): Promise<[string, string]> => {
    const text = modelPage(await loadDescriptor(id), examples[id]?.value.input ?? {})
    return [`docs/models/${id}.md`, text]
  })
  return new Map(await Promise.all(pages))
}

type Examples = Record<string, { readonly value: { readonly input: Json } }>

/** The example of each model in the compiled document. */
async function readExamples(): Promise<Examples> {
  const document = parse(await readFile(join(repository, 'specs/openapi.yaml'), 'utf8'))
  const { post } = document.paths['/api/v1/jobs/createTask']
  return post.requestBody.content['application/json'].examples
}

async function loadDescriptor(id: string): Promise<ModelDescriptor> {
  const module: Record<string, ModelDescriptor> = await import(`@apikley/types/models/${id}`)
  const [descriptor] = Object.values(module)
  if (!descriptor) {
    throw new Error(`@apikley/types/models/${id} exports no descriptor.`)
  }
  return descriptor
}

function modelPage(model: ModelDescriptor, input: Json): string {
  const { id, title, description, note, deprecated, output, fields } = model
  const status = deprecated ? 'Apikley has retired this model.' : note
  const code = literal(input)
  // A shell ends a quoted text at an apostrophe.
  const body = JSON.stringify({ model: id, input }).replaceAll("'", String.raw`'\''`)
  const use = output === 'text' ? 'const { text }' : 'const { urls }'
  return `# ${title}

${description}

- Model: \`${id}\`
- Result: ${RESULTS[output] ?? output}
${status ? `\n::: warning May be refused\n${status}\n:::\n` : ''}
\`\`\`ts
import { createApikley } from '@apikley/client'

const apikley = createApikley()
${use} = await apikley.run('${id}', ${code})
\`\`\`

A task is charged when the service accepts it. [Money](/guide/money) says what happens after a failure.

## Input

${fieldTable(fields)}

## Other ways to call it

In a page, with [React](/guide/react):

\`\`\`tsx
import { ApikleyProvider, useRun } from '@apikley/react'

function Generate() {
  const { status, run } = useRun('${id}')
  return <button onClick={() => run(${code.replaceAll('\n', '\n  ')})}>{status}</button>
}

export const App = () => (
  <ApikleyProvider>
    <Generate />
  </ApikleyProvider>
)
\`\`\`

On the server, allow the model in the [proxy](/guide/server):

\`\`\`ts
import { createProxyHandler } from '@apikley/server'

declare function userIdOf(request: Request): Promise<string | null> // your sessions

export const { GET, POST } = createProxyHandler({ models: ['${id}'], authorize: userIdOf })
\`\`\`

With curl. Nothing protects this call from a second charge:

\`\`\`sh
curl https://api.apikley.ru/api/v1/jobs/createTask \\
  -H "Authorization: Bearer $APIKLEY_API_KEY" -H 'Content-Type: application/json' \\
  -d '${body}'
\`\`\`

To try it without a key, start \`pnpm playground\` in a clone of the repository and choose ${title}.
`
}

function fieldTable(fields: Readonly<Record<string, Field>>): string {
  const rows = Object.entries(fields).map(([name, field]) => {
    const { description = '', default: value } = field.schema
    const usual = value === undefined ? '' : `\`${JSON.stringify(value)}\``
    const required = field.required ? 'required' : usual
    const cells = [`\`${name}\``, valuesOf(field), required, String(description)]
    return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  })
  return `| field | value | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}`
}

/** The sentences that an editor shows at the field, too. */
function valuesOf({ schema: own, media }: Field): string {
  const schema: JsonObject = JSON.parse(JSON.stringify({ ...own, 'x-apikley-media': media }))
  const { type = 'any', enum: values, items } = schema
  if (Array.isArray(values)) {
    return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  }
  const item = type === 'array' ? ` of ${String(valueAt(items, 'type') ?? 'values')}` : ''
  return [mediaOf(schema) ?? `${String(type)}${item}.`, limitsOf(schema)].filter(Boolean).join(' ')
}

function listPage(): string {
  const rows = models.map(({ id, title, output, note, deprecated }) => {
    const status = deprecated || note ? 'may be retired' : ''
    return `| [${title}](/models/${id}) | \`${id}\` | ${output} | ${status} |`
  })
  return `# Models

All ${models.length} models that Apikley documents. \`run\`, \`useRun\` and \`tasks.create\` take their ids. A model that is not here: [untyped models](/guide/errors#a-model-that-the-packages-do-not-know).

| model | id | result | status |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

async function write(page: string, text: string): Promise<void> {
  const path = join(repository, page)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
