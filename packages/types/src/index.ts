export type { components, operations, paths } from './generated/openapi.ts'
export type { Models } from './generated/registry.ts'
export type { KnownValues } from './generated/known-values.ts'
export type {
  OperationData,
  OperationId,
  OperationParameters,
  OperationRequest,
  OperationSuccess,
} from './operations.ts'
export type { MediaFile, ModelFileInput, ModelId, ModelInput, ModelRequest } from './models.ts'
export type { Field, Fields, FieldSchema, MediaLimits, ModelDescriptor } from './define-model.ts'
