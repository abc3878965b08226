import type {
  OperationData,
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
}

/** A valid request and the cases of its fields. */
export interface RequestCases {
  readonly title: string
  readonly in: 'body' | 'query' | 'path'
  readonly value: object
  readonly fields: Readonly<Record<string, FieldCases>>
}

/** The documented errors of an operation, as the client reports them. */
export interface FailureCases {
  /** The envelopes inside HTTP 200, by the name of their example. */
  readonly errors: Readonly<
    Record<string, { readonly kind: ApikleyErrorKind; readonly code: number; readonly msg: string }>
  >
  /** The answers with an error status. `code` is the one in their body. */
  readonly statuses: readonly {
    readonly status: number
    readonly kind: ApikleyErrorKind
    readonly code?: number
  }[]
}

/** An operation, its requests and its documented answers. */
export interface OperationCases {
  readonly id: OperationId
  /** The operation's function: the client, then the parameters, then the body. */
  call(client: Apikley, ...args: unknown[]): Promise<unknown>
  /** The type of the `data` that the function returns, or of its required fields. */
  readonly data: JsonType | 'nothing' | Readonly<Record<string, JsonType>>
  /** Whether a call without its JSON body has to be refused. */
  readonly isBodyRequired: boolean
  readonly parameters?: RequestCases
  /** The request body, or one for each model. */
  readonly bodies: readonly RequestCases[]
  /** The successful answers, by the name of their example. */
  readonly successes: Readonly<Record<string, unknown>>
  readonly failures: FailureCases
}

type JsonType = 'string' | 'number' | 'boolean' | 'any'

/**
 * The type of a generated request. It holds the types of the requests to the document: each field
 * has to be there, with its enum and whether it is required.
 */
export interface RequestTable<Value extends object> extends RequestCases {
  readonly value: Value
  readonly fields: { readonly [Name in keyof Value]-?: Field<Value, Name> }
}

interface Field<Value extends object, Name extends keyof Value> extends FieldCases {
  readonly required: object extends Pick<Value, Name> ? false : true
  readonly values?: readonly Literals<Value[Name]>[]
  readonly accepted?: readonly Value[Name][]
}

/** The literals of a union, without the types `string` and `number`. */
type Literals<Value> = string extends Value ? never : number extends Value ? never : Value

/** As for requests, with the fields that the data always has. */
export interface OperationTable<Id extends OperationId> extends OperationCases {
  readonly id: Id
  readonly data: Expected<OperationData<Id>>
  readonly parameters?: RequestTable<OperationParameters<Id> & object>
  readonly bodies: Id extends 'create-task'
    ? readonly RequestCases[]
    : readonly RequestTable<OperationRequest<Id> & object>[]
  readonly successes: Readonly<Record<string, OperationSuccess<Id>>>
}

type Expected<Data> = [Data] extends [never]
  ? 'nothing'
  : Data extends string | number | boolean | readonly unknown[]
    ? JsonType
    : string extends keyof Data
      ? OperationCases['data']
      : { readonly [Name in RequiredKeys<Data>]: JsonType }

export type RequiredKeys<Value> = {
  [Key in keyof Value]-?: object extends Pick<Value, Key> ? never : Key
}[keyof Value]
