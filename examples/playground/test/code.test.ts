import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createApikley } from '@apikley/client'
import type { ModelDescriptor } from '@apikley/types'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readModels } from '../server/models.ts'
import { literal } from '../src/code/literal.ts'
import { snippetsOf } from '../src/code/snippets.ts'
import { limitsOf, mediaKind } from '../src/form/check-file.ts'
import { checkInput } from '../src/form/check-input.ts'
import { presetsOf, type Values } from '../src/form/values.ts'
import { fields } from './form/made-up-model.ts'

const { paths } = createRequire(import.meta.url)('@apikley/types/openapi.json')
const { examples } = paths['/api/v1/jobs/createTask'].post.requestBody.content['application/json']

let folder: string
let models: readonly ModelDescriptor[]
beforeAll(async () => {
  // The packages are found from inside the project.
  folder = await mkdtemp(join(import.meta.dirname, 'code-'))
  models = await readModels()
})
afterAll(() => rm(folder, { recursive: true }))

const codeOf = (name: string, ...call: Parameters<typeof snippetsOf>): string =>
  snippetsOf(...call).find((snippet) => snippet.name === name)?.code ?? ''

/** The example of a model, with its URLs or with files of the documented types. */
function inputsOf({ id, fields }: ModelDescriptor): readonly Values[] {
  const urls: Values = examples[id].value.input
  const withFiles = Object.entries(urls).map(([name, value]) => {
    const { media } = fields[name] ?? {}
    const type = media?.types?.[0] ?? `${mediaKind(limitsOf(name, {}))}/test`
    const file = new File(['…'], `it's "${name}".bin`, { type })
    const files = Array.isArray(value) ? [file] : file
    return [name, media ? files : value]
  })
  return [urls, Object.fromEntries(withFiles)]
}

test('Every TypeScript snippet of every model compiles, empty, with URLs and with files.', async () => {
  const snippets = models.flatMap((model) =>
    [presetsOf(model.fields), ...inputsOf(model)].flatMap((values) => snippetsOf(model, values)),
  )
  const codes = new Set(
    snippets.flatMap(({ language, code }) => (language === 'typescript' ? [code] : [])),
  )
  await Promise.all(
    Array.from(codes, (code, index) => writeFile(join(folder, `${index}.tsx`), code)),
  )
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['*.tsx'] }),
  )
  const compiler = join(import.meta.dirname, '../node_modules/.bin/tsc')
  const { stdout } = await promisify(execFile)(compiler, ['--project', folder]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

const UPLOADED_URL = 'https://files.example.com/uploaded.png'

test('The curl snippet of every model sends the body of the client.', async () => {
  const calls = models.flatMap((model) => inputsOf(model).map((input) => ({ model, input })))
  const script = calls.map(({ model, input }) => codeOf('curl', model, input)).join('\n')
  // Prints the body of each call. An upload has no body.
  const stubs = `
    curl() { while [ $# -gt 0 ]; do [ "$1" = -d ] && printf '%s\\0' "$2"; shift; done; true; }
    jq() { cat > /dev/null; echo ${UPLOADED_URL}; }`
  const stdout = execFileSync('sh', ['-eu'], {
    input: `${stubs}\nTASK_ID=\nAPIKLEY_API_KEY=\n${script}`,
    encoding: 'utf8',
  })
  const bodies: unknown[] = stdout
    .split('\0')
    .slice(0, -1)
    .map((body) => JSON.parse(body))
  const sent = calls.map(({ model, input }) => bodyOfClient(model, input))
  expect(bodies).toEqual(await Promise.all(sent))
})

/** The body of the create that the client sends. */
async function bodyOfClient(model: ModelDescriptor, values: Values): Promise<unknown> {
  let body: unknown
  const fetch: typeof globalThis.fetch = async (...args) => {
    const request = new Request(...args)
    if (request.url.endsWith('/createTask')) {
      body = await request.json()
      return Response.json({ code: 200, msg: 'success', data: { taskId: 'task_1' } })
    }
    const data = { downloadUrl: UPLOADED_URL, fileName: 'a', filePath: 'a', fileSize: 3 }
    const uploaded = { ...data, mimeType: 'image/png', uploadedAt: '2026-01-01T00:00:00Z' }
    return Response.json({ success: true, code: 200, msg: 'success', data: uploaded })
  }
  const checked = await checkInput(model, values)
  if (!checked.ok) {
    throw new Error(`${model.id}: ${JSON.stringify(checked.problems)}`)
  }
  const apikley = createApikley({ apiKey: 'a-key-for-a-test', fetch })
  await apikley.tasks.create(model.id, checked.input)
  return body
}

test('The code has the values of the form, and placeholders for required fields.', () => {
  const made = { id: 'maker/model', fields, output: 'image' } as const
  const values = {
    ...presetsOf(fields),
    prompt: 'It\'s "new"\nhere',
    tags: ['a', 'b'],
    duration: 12,
  }
  const code = codeOf('TypeScript', made, values)
  expect(code).toContain(`await apikley.run('maker/model', {
  prompt: 'It\\'s "new"\\nhere',
  aspect_ratio: '1:1',
  duration: 12,
  steps: 2,
  tags: ['a', 'b'],
})`)
  expect(code).not.toContain('openAsBlob')
  expect(codeOf('TypeScript', made, presetsOf(fields))).toContain(`{
  prompt: '…',
  aspect_ratio: '1:1',
  steps: 2,
}`)
  expect(literal({ 'odd key': null, more: { deep: true } })).toBe(
    "{\n  'odd key': null,\n  more: {\n    deep: true,\n  },\n}",
  )
})
