import type { Fields } from '@apikley/types'
import { inputOf, type Values } from '../form/values.ts'
import { literal } from './literal.ts'

/** The call that the form makes, on a server. */
export function callInTypeScript(model: string, fields: Fields, values: Values): string {
  const shown = shownInput(fields, values)
  const input = literal(shown, (blob) => `await openAsBlob(${literal(blob instanceof File ? blob.name : 'picture.jpg')})`)
  return `${hasFile(shown) ? "import { openAsBlob } from 'node:fs'\n" : ''}import { createApikley } from '@apikley/client'

const apikley = createApikley() // on a server, where the key is

const { urls } = await apikley.run(${literal(model)}, ${input})
for (const [index, url] of urls.entries()) {
  await apikley.files.save(url, \`result-\${index + 1}.webp\`)
}
`
}

/** The same call in a page. */
export function callInReact(model: string, fields: Fields, values: Values): string {
  const shown = shownInput(fields, values)
  const input = literal(shown, () => 'file', '    ')
  const [given, trigger] = hasFile(shown)
    ? [
        'file: File',
        `<input
      type="file"
      disabled={task.status === 'pending'}
      onChange={({ target }) => target.files?.[0] && generate(target.files[0])}
    />`,
      ]
    : [
        '',
        `<button disabled={task.status === 'pending'} onClick={generate}>
      Generate
    </button>`,
      ]
  return `import { ApikleyProvider, useRun } from '@apikley/react'

function Generate() {
  const task = useRun(${literal(model)}, { persistKey: 'generate' })
  const generate = (${given}) =>
    task.run(${input})

  if (task.status === 'success')
    return task.urls.map((url) => <img key={url} src={url} alt="" />)
  if (task.status === 'error')
    return <p role="alert">{task.error.message}</p>
  return (
    ${trigger}
  )
}

export const App = () => (
  <ApikleyProvider>
    <Generate />
  </ApikleyProvider>
)
`
}

/** What the form would send; a file that has to be given and is not there yet is there as well. */
function shownInput(fields: Fields, values: Values): Values {
  const input = inputOf(fields, values)
  const entries = Object.entries(fields).flatMap(([name, { media, required, schema }]) => {
    if (name in input) return [[name, input[name]] as const]
    const missing = new Blob()
    return media && required ? [[name, schema.type === 'array' ? [missing] : missing] as const] : []
  })
  return Object.fromEntries(entries)
}

function hasFile(value: unknown): boolean {
  if (value instanceof Blob) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(hasFile)
}
