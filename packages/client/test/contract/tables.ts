import type {
  KnownValues,
  OperationId,
  OperationParameters,
  OperationRequest,
  OperationSuccess,
} from '@apikley/types'
import type { Apikley, ApikleyErrorKind } from '../../src/index.ts'

/** A field of a request, with the values that have to be accepted or refused. */
export interface FieldCases {
  readonly required: boolean
  /** Every value of an enum. */
  readonly values?: readonly unknown[]
  /** Values at the limits of the field. */
  readonly accepted?: readonly unknown[]
  /** Values that violate the document. */
  readonly refused?: readonly unknown[]
  readonly fields?: Readonly<Record<string, FieldCases>>
  readonly inPath?: true
}

/** A valid request and the cases of its fields. */
export interface RequestCases {
  readonly title: string
  readonly value: object
  readonly fields: Readonly<Record<string, FieldCases>>
}

export interface ErrorAnswer {
  readonly code: KnownValues['ErrorResponse.code']
  readonly msg: string
}

/** An operation, its requests and its documented answers. */
export interface OperationCases {
  readonly id: OperationId
  /** The operation's function: the client, then the parameters, then the body. */
  call(client: Apikley, ...args: unknown[]): Promise<unknown>
  readonly parameters?: RequestCases
  /** The request body, or one for each model. */
  readonly bodies?: readonly RequestCases[]
  /** Whether a call without its JSON body has to be refused. */
  readonly isBodyRequired: boolean
  /** Whether the function returns the `data` of the answer, or nothing. */
  readonly returnsData: boolean
  /** The successful answers, by the name of their example. */
  readonly successes: Readonly<Record<string, unknown>>
  /** The errors inside HTTP 200, by the name of their example. */
  readonly errors: Readonly<Record<string, ApikleyErrorKind>>
  /** The answers with an error status. `code` is the one in their body. */
  readonly statuses: readonly {
    readonly status: number
    readonly kind: ApikleyErrorKind
    readonly code?: number
  }[]
}

/**
 * The type of a generated table. It holds the types of the requests to the document: each field has
 * to be there, with its enum and whether it is required.
 */
export interface RequestTable<Value extends object> extends RequestCases {
  readonly value: Value
  readonly fields: Fields<Value>
}

type Fields<Value extends object> = {
  readonly [Name in keyof Value]-?: Field<Value, Name>
}

interface Field<Value extends object, Name extends keyof Value> extends FieldCases {
  readonly required: object extends Pick<Value, Name> ? false : true
  readonly values?: readonly Literals<Value[Name]>[]
  readonly accepted?: readonly Value[Name][]
}

/** The literals of a union, without the types `string` and `number`. */
type Literals<Value> = string extends Value ? never : number extends Value ? never : Value

/** As for requests, with the fields that each answer has. */
export interface OperationTable<Id extends OperationId> extends OperationCases {
  readonly id: Id
  readonly parameters?: keyof OperationParameters<Id> extends never
    ? never
    : RequestTable<OperationParameters<Id> & object>
  readonly successes: Readonly<Record<string, OperationSuccess<Id>>>
  readonly always: Always<OperationSuccess<Id>>
  readonly dataAlways?: Always<NonNullable<DataOf<OperationSuccess<Id>>>>
  readonly bodies?: Id extends 'create-task'
    ? readonly RequestCases[]
    : readonly RequestTable<OperationRequest<Id> & object>[]
}

type DataOf<Answer> = Answer extends { data?: infer Data } ? Data : never

type Always<Value> = { readonly [Name in RequiredKeys<Value>]: true }

export type RequiredKeys<Value> = {
  [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key
}[keyof Value]
