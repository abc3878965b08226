import type { Models } from './generated/registry.ts'

/** The id of a model, for instance `ideogram/v3-reframe`. */
export type ModelId = keyof Models

/** The input of a model as it is sent: files are URLs. */
export type ModelInput<M extends ModelId> = Models[M]['input']

/** The whole request that creates a task of a model. */
export type ModelRequest<M extends ModelId> = Models[M]['request']

/** What may stand for the URL of a file: its bytes, or the result of an upload. */
export type MediaFile =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Response
  | { readonly url: string; readonly size: number; readonly mimeType: string }

/** The input of a model where files may stand for their URLs. The client uploads them. */
export type ModelFileInput<M extends ModelId> = WithFiles<ModelInput<M>, Models[M]['media']>

type WithFiles<Input, Media extends string> = {
  [Key in keyof Input]: Key extends Media ? OrFile<Input[Key]> : Nested<Input[Key], Media>
}

type OrFile<Value> = Value extends readonly (infer Item)[]
  ? (Item | MediaFile)[]
  : Value extends string
    ? Value | MediaFile
    : Value

type Nested<Value, Media extends string> = Value extends readonly (infer Item)[]
  ? Nested<Item, Media>[]
  : Value extends object
    ? WithFiles<Value, Media>
    : Value
