import type { MediaLimits, OutputKind } from '@apikley/types'
import { limitsOf } from '../form/check-file.ts'
import { labelOf } from '../form/label.ts'
import type { Values } from '../form/values.ts'
import { literal } from './literal.ts'
import { filesIn, type CodeModel } from './shown-input.ts'

const RESULTS: Readonly<Record<OutputKind, string>> = {
  image: '{task.urls.map((url) => <img key={url} src={url} alt="The result" />)}',
  video: '{task.urls.map((url) => <video key={url} src={url} controls />)}',
  audio: '{task.urls.map((url) => <audio key={url} src={url} controls />)}',
  text: '<p>{task.text}</p>',
  object: '<pre>{JSON.stringify(task.object, undefined, 2)}</pre>',
}

/** A component with the call. The user chooses the files, so each field with a file has an input. */
export function toReact(model: CodeModel, input: Values): string {
  const { id, fields, output } = model
  const choices = Object.entries(input)
    .filter(([, value]) => filesIn(value).length > 0)
    .map(([name, value]) => choiceOf(name, Array.isArray(value), fields[name]?.media))
  const entries = Object.entries(input).map(([name, value]) => {
    const choice = choices.find((one) => one.name === name)
    return choice ? `${' '.repeat(6)}${choice.entry(value)},\n` : entryOf(name, value)
  })
  const isMissing = choices.map(({ missing }) => missing).join(' || ')
  const call = `task.run({\n${entries.join('')}    })`
  const generate =
    choices.length > 0
      ? `() => {
    if (${isMissing}) {
      return
    }
    void ${call}
  }`
      : `() => void ${call}`
  return `${choices.length > 0 ? "import { useState } from 'react'\n" : ''}import { ApikleyProvider, useRun } from '@apikley/react'

function Generate() {
  const task = useRun(${literal(id)}, { persistKey: 'generate' })
${choices.map(({ state }) => `  ${state}\n`).join('')}  const generate = ${generate}

  switch (task.status) {
    case 'idle':
      return (
        <>
${choices.map(({ label }) => `${label}\n`).join('')}          <button onClick={generate}>Generate</button>
        </>
      )
    case 'pending':
      return <p role="status">{task.phase}…</p>
    case 'success':
      return (
        <>
          ${RESULTS[output]}
          <button onClick={task.reset}>Start over</button>
        </>
      )
    case 'error':
      return (
        <p role="alert">
          {task.error.message}
          {task.resumable && <button onClick={() => task.resume()}>Continue</button>}
          <button onClick={task.reset}>Start over</button>
        </p>
      )
  }
}

// Its client calls the server route at /api/apikley.
export const App = () => (
  <ApikleyProvider>
    <Generate />
  </ApikleyProvider>
)
`
}

function entryOf(name: string, value: unknown): string {
  const [, entry = ''] = /^\{\n {2}([^]*)\n\}$/.exec(literal({ [name]: value })) ?? []
  return `${' '.repeat(6)}${entry.replaceAll('\n', `\n${' '.repeat(4)}`)}\n`
}

interface Choice {
  readonly name: string
  /** The declaration of the state, the condition of a missing file, and the file input. */
  readonly state: string
  readonly missing: string
  readonly label: string
  readonly entry: (value: unknown) => string
}

function choiceOf(name: string, isList: boolean, media: MediaLimits = {}): Choice {
  const variable = labelOf(name)
    .toLowerCase()
    .replaceAll(/ (\w)/g, (_match, letter: string) => letter.toUpperCase())
  const setter = `set${variable.charAt(0).toUpperCase()}${variable.slice(1)}`
  const { types } = limitsOf(name, media)
  const accept = types === undefined ? '' : `\n              accept="${types.join(',')}"`
  const change = isList ? `${setter}([...(target.files ?? [])])` : `${setter}(target.files?.[0])`
  return {
    name,
    state: `const [${variable}, ${setter}] = useState${isList ? '<File[]>([])' : '<File>()'}`,
    missing: isList ? `${variable}.length === 0` : `!${variable}`,
    label: `          <label>
            ${labelOf(name)}
            <input
              type="file"${accept}${isList ? '\n              multiple' : ''}
              onChange={({ target }) => ${change}}
            />
          </label>`,
    entry: (value) => {
      const urls = Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
      const rest = urls.map((url) => `, ${literal(url)}`).join('')
      return isList ? `${name}: [...${variable}${rest}]` : `${name}: ${variable}`
    },
  }
}
