import type { Fields, ModelDescriptor, ModelInput, ModelId } from '@apikley/types'
import { labelOf } from './label.ts'
import { inputOf, type Values } from './values.ts'

export type Checked<M extends ModelId> =
  | { readonly ok: true; readonly input: ModelInput<M> }
  /** The messages by path, for example `shots.0.duration`. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> }

/** Checks the values of a form with the descriptor, which is a Standard Schema of the input. */
export async function checkInput<M extends ModelId>(
  model: ModelDescriptor<M>,
  values: Values,
): Promise<Checked<M>> {
  const input = inputOf(model.fields, values)
  // The client replaces each file with a URL later.
  const { issues } = await model['~standard'].validate(JSON.parse(JSON.stringify(input, toUrl)))
  if (!issues && isInputOf(model, input)) {
    return { ok: true, input }
  }
  const problems: Record<string, string> = {}
  for (const { path = [], message } of issues ?? []) {
    const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
    problems[keys.join('.')] ??= toMessage(model.fields, keys, message)
  }
  return { ok: false, problems }
}

function toUrl(_key: string, value: unknown): unknown {
  return value instanceof Blob ? 'https://files.example.com/not-uploaded-yet' : value
}

/** Whether a checked input has its required fields. Its files are still files. */
function isInputOf<M extends ModelId>(
  { fields }: ModelDescriptor<M>,
  input: unknown,
): input is ModelInput<M> {
  return (
    typeof input === 'object' &&
    input !== null &&
    Object.entries(fields).every(([name, field]) => !field.required || name in input)
  )
}

function toMessage(fields: Fields, keys: readonly string[], message: string): string {
  if (keys.length === 1 && fields[String(keys[0])]?.media && message.endsWith(' is required')) {
    return 'Choose a file first.'
  }
  const path = keys.join('.')
  const isAboutPath = path !== '' && message.startsWith(`${path} `)
  const text = isAboutPath ? labelOf(keys.at(-1) ?? '') + message.slice(path.length) : message
  return /[.!?]$/.test(text) ? text : `${text}.`
}
