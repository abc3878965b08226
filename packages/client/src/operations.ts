export * from './generated/operations.ts'
export type { CallOptions } from './transport/operation.ts'
export type { OperationClient } from './transport/send.ts'
