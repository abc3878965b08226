import type { Models } from './generated/registry.ts'

/** The id of a model, for instance `ideogram/v3-reframe`. */
export type ModelId = keyof Models

/** The input of a model, as it goes over the wire: files are addresses. */
export type ModelInput<M extends ModelId> = Models[M]['input']

/** The whole request that creates a task of a model. */
export type ModelRequest<M extends ModelId> = Models[M]['request']

/**
 * The input of a model where a Blob or File may stand for the address of a file; it has to be
 * uploaded before it is sent.
 */
export type ModelFileInput<M extends ModelId> = WithFiles<ModelInput<M>, Models[M]['media']>

type WithFiles<Input, Media extends string> = {
  [Key in keyof Input]: Key extends Media ? OrFile<Input[Key]> : Nested<Input[Key], Media>
}

type OrFile<Value> = Value extends readonly (infer Item)[]
  ? (Item | Blob)[]
  : Value extends string
    ? Value | Blob
    : Value

type Nested<Value, Media extends string> = Value extends readonly (infer Item)[]
  ? Nested<Item, Media>[]
  : Value extends object
    ? WithFiles<Value, Media>
    : Value
