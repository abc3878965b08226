import type { components, operations } from './generated/openapi.ts'

/** An operation's id in the document, for instance `get-task-details`. */
export type OperationId = keyof operations

/** The envelope of a success. Errors that come with HTTP 200 are not part of it. */
export type OperationSuccess<Id extends OperationId> = operations[Id] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Exclude<Body, components['schemas']['ErrorResponse']>
  : never

/** The `data` of a successful answer, for instance `OperationData<'get-task-details'>`. */
export type OperationData<Id extends OperationId> =
  OperationSuccess<Id> extends { data?: infer Data } ? NonNullable<Data> : never

/** The parameters of an operation in its path or query. `never` if it has no parameters. */
export type OperationParameters<Id extends OperationId> = NonNullable<
  operations[Id]['parameters'][keyof operations[Id]['parameters']]
>

/** The body of an operation's request. */
export type OperationRequest<Id extends OperationId> = operations[Id] extends {
  requestBody?: infer Body
}
  ? NonNullable<Body> extends { content: infer Content }
    ? Content[keyof Content]
    : never
  : never
