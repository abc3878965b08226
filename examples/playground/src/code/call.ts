import type { Field, Fields } from '@apikley/types'
import { controlOf } from '../form/control.ts'
import { inputOf, type Values } from '../form/values.ts'
import { literal } from './literal.ts'

/** The call that the form makes, on a server. */
export function callInTypeScript(model: string, fields: Fields, values: Values): string {
  const shown = shownInput(fields, values)
  const input = literal(
    shown,
    (blob) => `await openAsBlob(${literal(blob instanceof File ? blob.name : 'picture.jpg')})`,
  )
  return `${hasFile(shown) ? "import { openAsBlob } from 'node:fs'\n" : ''}import { extname } from 'node:path'
import { createApikley } from '@apikley/client'

const apikley = createApikley() // on a server, where the key is

const { urls } = await apikley.run(${literal(model)}, ${input})
for (const [index, url] of urls.entries()) {
  await apikley.files.save(url, \`result-\${index + 1}\${extname(new URL(url).pathname)}\`)
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
      onChange={({ target }) => target.files?.[0] && generate(target.files[0])}
    />`,
      ]
    : ['', '<button onClick={generate}>Generate</button>']
  return `import { ApikleyProvider, useRun } from '@apikley/react'

function Generate() {
  const task = useRun(${literal(model)}, { persistKey: 'generate' })
  const generate = (${given}) =>
    task.run(${input})

  if (task.status === 'pending') return <p role="status">{task.phase}…</p>
  if (task.status === 'success')
    return (
      <>
        {task.urls.map((url) => (
          <a key={url} href={url}>
            <img src={url} alt="The result" />
          </a>
        ))}
        <button onClick={task.reset}>Start over</button>
      </>
    )
  if (task.status === 'error')
    return (
      <p role="alert">
        {task.error.message}
        {task.resumable && (
          <button onClick={() => task.resume()}>Continue</button>
        )}
        <button onClick={task.reset}>Start over</button>
      </p>
    )
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

/** What the form would send; what has to be given and is not there yet is there as well. */
function shownInput(fields: Fields, values: Values): Values {
  const input = inputOf(fields, values)
  const entries = Object.entries(fields).flatMap(([name, field]) => {
    if (name in input) {
      return [[name, input[name]] as const]
    }
    return field.required ? [[name, standIn(field)] as const] : []
  })
  return Object.fromEntries(entries)
}

/** Something of the kind that a field takes. */
function standIn(field: Field): unknown {
  const control = controlOf(field)
  switch (control.kind) {
    case 'media':
      return control.list ? [new Blob()] : new Blob()
    case 'choice':
      return control.options[0]?.value
    case 'number':
      return control.least ?? 0
    case 'switch':
      return false
    case 'text':
      return '…'
    default:
      return field.schema.type === 'object' ? {} : []
  }
}

function hasFile(value: unknown): boolean {
  if (value instanceof Blob) {
    return true
  }
  return typeof value === 'object' && value !== null && Object.values(value).some(hasFile)
}
