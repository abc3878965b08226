export type { components, operations, paths } from './generated/openapi.ts'
export type * from './generated/registry.ts'
export type { KnownValues } from './generated/known-values.ts'
export type {
  OperationData,
  OperationId,
  OperationParameters,
  OperationRequest,
  OperationSuccess,
} from './operations.ts'
export type {
  ModelId,
  ModelInput,
  ModelOutput,
  ModelRequest,
  Models,
  OutputKind,
  UntypedModel,
} from './model-types.ts'
export type { Field, Fields, MediaLimits, ModelDescriptor, ModelSummary } from './define-model.ts'
export type { FieldSchema } from './validate.ts'
export type { MediaFile, WithFiles } from './files.ts'
