import type { components, operations } from './generated/openapi.ts'

/** An operation's id in the document, for instance `get-task-details`. */
export type OperationId = keyof operations

type Answer<Id extends OperationId> = operations[Id] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never

/**
 * The envelope of a successful answer: the answer 200 without the errors that may come inside it.
 */
export type OperationSuccess<Id extends OperationId> = Exclude<
  Answer<Id>,
  components['schemas']['ErrorResponse']
>

/** The `data` of a successful answer, for instance `OperationData<'get-task-details'>`. */
export type OperationData<Id extends OperationId> =
  OperationSuccess<Id> extends { data?: infer Data } ? NonNullable<Data> : never

/** The parameters of an operation in its path and query, as one object. */
export type OperationParameters<Id extends OperationId> =
  operations[Id]['parameters'] extends infer Places
    ? Place<Places, 'path'> & Place<Places, 'query'>
    : never

/** Where an operation has no parameters, its type says `never`. */
type Place<Places, Name extends string> = Places extends { [Key in Name]?: infer Own }
  ? [Own] extends [undefined]
    ? unknown
    : NonNullable<Own>
  : unknown

/** The body of an operation's request. */
export type OperationRequest<Id extends OperationId> = operations[Id] extends {
  requestBody?: infer Body
}
  ? NonNullable<Body> extends { content: infer Content }
    ? Content[keyof Content]
    : never
  : never
