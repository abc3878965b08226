import type { PublishedModels } from './generated/registry.ts'

/**
 * Models that you declare because this package does not have them yet. A declaration does no harm
 * when the model arrives: the published one is used.
 */
export interface Models {}

/** The id of a model without types, made by `untyped` of `@apikley/client`. */
export type UntypedModel = string & { readonly '~untyped': true }

/** The id of a model, for instance `ideogram/v3-reframe`. */
export type ModelId = keyof PublishedModels | keyof Models | UntypedModel

/** A model without types. */
interface Untyped {
  input: Readonly<Record<string, unknown>>
  request: { model: string; callBackUrl?: string; input: Readonly<Record<string, unknown>> }
  output: 'any'
}

type Declared = {
  [M in Exclude<keyof Models, keyof PublishedModels>]: {
    input: Models[M] extends { readonly input: infer Input } ? Input : Untyped['input']
    request: Untyped['request']
    output: Models[M] extends { readonly output: infer Output extends OutputKind } ? Output : 'any'
  }
}

/** Looked up by id: a conditional type would cost the compiler a step for each model. */
interface AllModels extends PublishedModels, Declared {
  [id: UntypedModel]: Untyped
}

/** The input of a model. A file may stand in place of its URL. */
export type ModelInput<M extends ModelId> = AllModels[M]['input']

/** The request that creates a task of a model. Files are URLs in it. */
export type ModelRequest<M extends ModelId> = AllModels[M]['request']

/** The kind of result of a model. */
export type OutputKind = 'image' | 'video' | 'audio' | 'text' | 'object'

/** The kind of result of one model. It is `any` where it is unknown. */
export type ModelOutput<M extends ModelId> = AllModels[M]['output']
