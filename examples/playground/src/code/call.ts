import type { Field, Fields, OutputKind } from '@apikley/types'
import { controlOf } from '../form/control.ts'
import { inputOf, type Values } from '../form/values.ts'
import { literal } from './literal.ts'

interface Model {
  readonly id: string
  readonly fields: Fields
  readonly output: OutputKind
}

/** The call that the form makes, on a server. */
export function callInTypeScript({ id, fields, output }: Model, values: Values): string {
  const shown = shownInput(fields, values)
  const input = literal(
    shown,
    (blob) => `await openAsBlob(${literal(blob instanceof File ? blob.name : 'picture.jpg')})`,
  )
  const name = output === 'text' || output === 'object' ? output : 'urls'
  const use =
    name === 'urls'
      ? `for (const [index, url] of urls.entries()) {
  await apikley.files.save(url, \`result-\${index + 1}\`)
}`
      : `console.log(${name})`
  return `${hasFile(shown) ? "import { openAsBlob } from 'node:fs'\n" : ''}import { createApikley } from '@apikley/client'

const apikley = createApikley() // on a server, where the key is

const { ${name} } = await apikley.run(${literal(id)}, ${input})
${use}
`
}

const RESULTS: Readonly<Record<OutputKind, string>> = {
  image: '{task.urls.map((url) => <img key={url} src={url} alt="The result" />)}',
  video: '{task.urls.map((url) => <video key={url} src={url} controls />)}',
  audio: '{task.urls.map((url) => <audio key={url} src={url} controls />)}',
  text: '<p>{task.text}</p>',
  object: '<pre>{JSON.stringify(task.object, undefined, 2)}</pre>',
}

/** The same call in a page. */
export function callInReact({ id, fields, output }: Model, values: Values): string {
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
  const task = useRun(${literal(id)}, { persistKey: 'generate' })
  const generate = (${given}) =>
    task.run(${input})

  if (task.status === 'pending') return <p role="status">{task.phase}…</p>
  if (task.status === 'success')
    return (
      <>
        ${RESULTS[output]}
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
