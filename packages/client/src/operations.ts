export * from './generated/operations.ts'
export type { CallOptions } from './http/call.ts'
export type { OperationClient } from './http/api.ts'
