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

interface Declared<Model> {
  input: Model extends { readonly input: infer Input } ? Input : Untyped['input']
  request: Untyped['request']
  output: Model extends { readonly output: infer Output extends OutputKind } ? Output : 'any'
}

type Entry<M> = M extends keyof PublishedModels
  ? PublishedModels[M]
  : M extends keyof Models
    ? Declared<Models[M]>
    : Untyped

/** The input of a model. A file may stand in place of its URL. */
export type ModelInput<M extends ModelId> = Entry<M>['input']

/** The request that creates a task of a model. Files are URLs in it. */
export type ModelRequest<M extends ModelId> = Entry<M>['request']

/** The kind of result of a model. */
export type OutputKind = 'image' | 'video' | 'audio' | 'text' | 'object'

/** The kind of result of one model. It is `any` where it is unknown. */
export type ModelOutput<M extends ModelId> = Entry<M>['output']
