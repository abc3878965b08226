import type { Values } from '../form/values.ts'
import { literal } from './literal.ts'
import { toReact } from './react-snippet.ts'
import { filesIn, shownInput, type CodeModel } from './shown-input.ts'

export interface Snippet {
  readonly name: string
  readonly language: 'typescript' | 'bash'
  readonly code: string
}

/** The call of the form as code, for a server, a page, the route of the page, and a shell. */
export function snippetsOf(model: CodeModel, values: Values): readonly Snippet[] {
  const input = shownInput(model.fields, values)
  return [
    { name: 'TypeScript', language: 'typescript', code: toTypeScript(model, input) },
    { name: 'React', language: 'typescript', code: toReact(model, input) },
    { name: 'Server route', language: 'typescript', code: toRoute(model) },
    { name: 'curl', language: 'bash', code: toCurl(model, input) },
  ]
}

function toTypeScript({ id, output }: CodeModel, input: Values): string {
  const code = literal(input, ({ name, type }) => {
    const options = type === '' ? '' : `, { type: ${literal(type)} }`
    return `await openAsBlob(${literal(name)}${options})`
  })
  const result = output === 'text' || output === 'object' ? output : 'urls'
  const use =
    result === 'urls'
      ? `for (const [index, url] of urls.entries()) {
  console.log(await apikley.files.save(url, \`result-\${index + 1}\`))
}`
      : `console.log(${result})`
  const fileImport = filesIn(input).length > 0 ? "import { openAsBlob } from 'node:fs'\n" : ''
  return `${fileImport}import { createApikley } from '@apikley/client'

// On a server. The key is in APIKLEY_API_KEY.
const apikley = createApikley()

const { ${result} } = await apikley.run(${literal(id)}, ${code})
${use}
`
}

function toRoute({ id }: CodeModel): string {
  return `// app/api/apikley/[...path]/route.ts of Next.js
// The environment has APIKLEY_API_KEY and APIKLEY_PROXY_SECRET.
import { createProxyHandler } from '@apikley/server'

// Your sessions: the id of the signed-in user, or null.
declare function userIdOf(request: Request): Promise<string | null>

export const { GET, POST } = createProxyHandler({
  models: [${literal(id)}],
  authorize: userIdOf,
})
`
}

const SERVICE_URL = 'https://api.apikley.ru'

function toCurl({ id }: CodeModel, input: Values): string {
  const files = filesIn(input)
  const variableOf = (file: File): string => `FILE_${files.indexOf(file) + 1}`
  const uploads = files.map(
    (file) => `# Upload ${file.name}. The service keeps it for about 3 days.
${variableOf(file)}=$(curl -sS ${SERVICE_URL}/file-upload/api/file-stream-upload \\
  -H "Authorization: Bearer $APIKLEY_API_KEY" \\
  -F ${shellQuote(`file=@"${file.name.replaceAll(/["\\]/g, String.raw`\$&`)}"${file.type && `;type=${file.type}`}`)} \\
  -F uploadPath=examples | jq -r .data.downloadUrl)

`,
  )
  // The URL of a file is known in the shell only: the quotes end before its variable.
  const body = files.reduce(
    (text, file) => text.replaceAll(markOf(file, files), `'"$${variableOf(file)}"'`),
    shellQuote(JSON.stringify({ model: id, input }, (_key, value) => marked(value, files), 2)),
  )
  return `${uploads.join('')}# Create the task. The service charges for each call.
curl -sS ${SERVICE_URL}/api/v1/jobs/createTask \\
  -H "Authorization: Bearer $APIKLEY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d ${body}

# Read the task until its state is success or fail.
curl -sS "${SERVICE_URL}/api/v1/jobs/recordInfo?taskId=$TASK_ID" \\
  -H "Authorization: Bearer $APIKLEY_API_KEY"
`
}

const markOf = (file: File, files: readonly File[]): string =>
  `\u2063file-${files.indexOf(file)}\u2063`

function marked(value: unknown, files: readonly File[]): unknown {
  return value instanceof File ? markOf(value, files) : value
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
