export * from './generated/operations.ts'
export type { CallOptions } from './http/fetch.ts'
export type { OperationClient } from './http/api.ts'
