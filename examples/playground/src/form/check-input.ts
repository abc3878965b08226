import type { Fields, ModelDescriptor, ModelInput, ModelId } from '@apikley/types'
import { controlOf } from './control.ts'
import { inputOf, type Values } from './values.ts'

export type Checked<M extends ModelId> =
  | { readonly ok: true; readonly input: ModelInput<M> }
  /** What is wrong, by the name of its field. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> }

/** Holds what is filled in to the descriptor, which is a Standard Schema of the model's input. */
export async function checkInput<M extends ModelId>(
  model: ModelDescriptor<M>,
  values: Values,
): Promise<Checked<M>> {
  const input = inputOf(model.fields, values)
  // Addresses stand for files, which are uploaded later.
  const { issues } = await model['~standard'].validate(
    JSON.parse(JSON.stringify(input, withAddresses)),
  )
  if (!issues && isInputOf(model, input)) {
    return { ok: true, input }
  }
  const problems: Record<string, string> = {}
  for (const { path, message } of issues ?? []) {
    const name = String(path?.[0] ?? '')
    problems[name] ??= wordsOf(model.fields, name, message)
  }
  return { ok: false, problems }
}

function withAddresses(_key: string, value: unknown): unknown {
  return value instanceof Blob ? 'https://files.example.com/not-uploaded-yet' : value
}

/** Whether it has passed the descriptor; the files in it are what uploading is for. */
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

function wordsOf(fields: Fields, name: string, message: string): string {
  const field = fields[name]
  if (field && message.endsWith(' is required') && controlOf(field).kind === 'media') {
    return 'Choose a file first.'
  }
  return /[.!?]$/.test(message) ? message : `${message}.`
}
