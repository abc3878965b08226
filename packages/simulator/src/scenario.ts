import type { OperationId } from '@apikley/types'

/**
 * The JSON schema (2020-12) of a scenario. The types are inferred from it, with its comments. It is
 * one literal, because declarations of builders cannot be emitted file by file.
 */
export const SCENARIO_SCHEMA = {
  $defs: {
    /** Milliseconds, or another amount from 0 up. */
    amount: { type: 'number', minimum: 0 },
    status: { type: 'integer', minimum: 200, maximum: 599 },
    range: {
      type: 'array',
      prefixItems: [{ $ref: '#/$defs/amount' }, { $ref: '#/$defs/amount' }],
      minItems: 2,
      maxItems: 2,
    },
    latency: { oneOf: [{ $ref: '#/$defs/amount' }, { $ref: '#/$defs/range' }] },
    retryAfter: {
      oneOf: [
        { $ref: '#/$defs/amount' },
        { type: 'object', properties: { date: { $ref: '#/$defs/amount' } }, required: ['date'] },
      ],
    },
    rateLimit: {
      type: 'object',
      properties: {
        /** Requests in each interval. */
        limit: { type: 'integer', minimum: 1 },
        /** In ms. */
        interval: { type: 'number', exclusiveMinimum: 0 },
      },
      required: ['limit', 'interval'],
      additionalProperties: false,
    },
    times: { oneOf: [{ enum: ['always'] }, { type: 'integer', minimum: 1 }] },
    faultTarget: {
      type: 'object',
      properties: {
        /** An operation's id, or `files` for the download of a file. Default: any. */
        operation: { $ref: 'operation' },
        /** The number of matching requests that are let through first. Default: 0. */
        skip: { type: 'integer', minimum: 0 },
        /** The number of matching requests that it applies to. Default: 1. */
        times: { $ref: '#/$defs/times' },
        /** The probability that it applies, from 0 to 1, drawn from the seed. Default: 1. */
        chance: { type: 'number', minimum: 0, maximum: 1 },
        /** Whether a task is charged or a file stored although the answer fails. Default: false. */
        accepted: { type: 'boolean' },
      },
    },
    faultEffect: {
      type: 'object',
      required: ['fault'],
      discriminator: { propertyName: 'fault' },
      oneOf: [
        /** An HTTP status. Default body: the error envelope with the same code. */
        {
          properties: {
            fault: { enum: ['status'] },
            status: { $ref: '#/$defs/status' },
            body: { type: 'string' },
            headers: { type: 'object', additionalProperties: { type: 'string' } },
            retryAfter: { $ref: '#/$defs/retryAfter' },
          },
          required: ['fault', 'status'],
        },
        /** An error code in the body of HTTP 200. */
        {
          properties: {
            fault: { enum: ['code'] },
            code: { type: 'integer' },
            msg: { type: 'string' },
            /** Default: null. */
            data: {},
            retryAfter: { $ref: '#/$defs/retryAfter' },
          },
          required: ['fault', 'code'],
        },
        /** The answer arrives `ms` milliseconds later. */
        {
          properties: { fault: { enum: ['delay'] }, ms: { $ref: '#/$defs/amount' } },
          required: ['fault', 'ms'],
        },
        /**
         * `hang`: no answer. `reset`: the connection is reset. `refuse`: it is refused; a listening
         * server resets it. `truncate`: the body ends properly after its first half. `break`: the
         * connection is reset after that half.
         */
        {
          properties: { fault: { enum: ['hang', 'reset', 'refuse', 'truncate', 'break'] } },
          required: ['fault'],
        },
        /** `html`: a gateway's HTML page, by default 502. `empty`: no body, by default 500. */
        {
          properties: { fault: { enum: ['html', 'empty'] }, status: { $ref: '#/$defs/status' } },
          required: ['fault'],
        },
        /** The body arrives in chunks, `ms` milliseconds apart. Default: 1 byte each. */
        {
          properties: {
            fault: { enum: ['drip'] },
            ms: { $ref: '#/$defs/amount' },
            bytes: { type: 'integer', minimum: 1 },
          },
          required: ['fault', 'ms'],
        },
        /** The right answer with another content type. */
        {
          properties: {
            fault: { enum: ['content-type'] },
            type: { type: 'string' },
          },
          required: ['fault', 'type'],
        },
      ],
    },
    fault: {
      allOf: [{ $ref: '#/$defs/faultTarget' }, { $ref: '#/$defs/faultEffect' }],
      unevaluatedProperties: false,
    },
    callbackFate: {
      oneOf: [
        { enum: ['once', 'twice', 'early', 'never'] },
        { type: 'object', properties: { late: { $ref: '#/$defs/amount' } }, required: ['late'] },
        { type: 'object', properties: { altered: { type: 'object' } }, required: ['altered'] },
      ],
    },
    outcome: {
      type: 'object',
      properties: {
        /** A model id. Default: any. */
        model: { type: 'string' },
        /** The number of matching tasks that are let through first. Default: 0. */
        skip: { type: 'integer', minimum: 0 },
        /** The number of matching tasks that it applies to. Default: 1. */
        times: { $ref: '#/$defs/times' },
        /** The probability that it applies, from 0 to 1, drawn from the seed. Default: 1. */
        chance: { type: 'number', minimum: 0, maximum: 1 },
        /** A `stuck` task never ends. Default: `success`. */
        state: { enum: ['success', 'fail', 'stuck'] },
        /** How long the task takes, in ms, or a range. Default: the scenario's. */
        latency: { $ref: '#/$defs/latency' },
        /** How long the task stays unknown, in ms. Default: drawn up to the scenario's. */
        invisibleFor: { $ref: '#/$defs/amount' },
        /** Default: `"500"` for a task that fails. */
        failCode: { type: 'string' },
        /** Default: `"Internal server error"` for a task that fails. */
        failMsg: { type: 'string' },
        /** The content of `resultJson`. Default: `resultUrls` of files that can be downloaded. */
        result: { type: 'object' },
        /** What happens to the task's callback. Default: `once`. */
        callback: { $ref: '#/$defs/callbackFate' },
      },
      additionalProperties: false,
    },
    scenario: {
      type: 'object',
      properties: {
        /** The same seed and the same requests give the same bytes. Default: 1. */
        seed: { type: 'number' },
        /** How long a task takes, in ms, or a range. Default: 1,000 to 5,000. */
        latency: { $ref: '#/$defs/latency' },
        /** The balance at the start. Default: 1,500. */
        credits: { $ref: '#/$defs/amount' },
        /** The credits that a task costs. A failed task is refunded. Default: 3.5. */
        price: { $ref: '#/$defs/amount' },
        /** The accepted API keys. Default: any. */
        keys: { type: 'array', items: { type: 'string' } },
        /** What the service does where documents and reports differ. Default: `reported`. */
        behaviour: { enum: ['reported', 'documented'] },
        /** The longest time that a new task stays unknown, in ms. Default: 1,500; `documented`: 0. */
        invisibleFor: { $ref: '#/$defs/amount' },
        /** Default: no limits. 20 creates in 10 s and 10 reads a second are reported. */
        limits: {
          type: 'object',
          properties: {
            creates: { $ref: '#/$defs/rateLimit' },
            reads: { $ref: '#/$defs/rateLimit' },
          },
          additionalProperties: false,
        },
        faults: { $ref: '#/$defs/faults' },
        outcomes: { $ref: '#/$defs/outcomes' },
      },
      additionalProperties: false,
    },
    faults: { type: 'array', items: { $ref: '#/$defs/fault' } },
    outcomes: { type: 'array', items: { $ref: '#/$defs/outcome' } },
  },
} as const

type Definitions = typeof SCENARIO_SCHEMA.$defs

/** The values that a definition of the schema accepts. */
export type Defined<Name extends keyof Definitions> = Inferred<Definitions[Name]>

/** The type of the values that a schema accepts. It covers the keywords of the scenario. */
type Inferred<Schema> = Schema extends { readonly $ref: infer Reference }
  ? Referred<Reference>
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly oneOf: readonly (infer Part)[] }
      ? Inferred<Part>
      : Schema extends { readonly allOf: readonly [infer First, infer Second] }
        ? Inferred<First> & Inferred<Second>
        : Schema extends { readonly prefixItems: readonly [infer First, infer Second] }
          ? readonly [Inferred<First>, Inferred<Second>]
          : Schema extends { readonly items: infer Item }
            ? readonly Inferred<Item>[]
            : Schema extends {
                  readonly properties: infer Properties
                  readonly required?: infer Names
                }
              ? InferredObject<Properties, Names>
              : Schema extends { readonly additionalProperties: { readonly type: 'string' } }
                ? { readonly [name: string]: string }
                : Schema extends { readonly type: infer Type extends keyof ValuesByType }
                  ? ValuesByType[Type]
                  : unknown

type Referred<Reference> = Reference extends `#/$defs/${infer Name extends keyof Definitions}`
  ? Inferred<Definitions[Name]>
  : OperationId | 'files'

type InferredObject<Properties, Names> = {
  readonly [Name in keyof Properties as Name & RequiredNames<Names>]: Inferred<Properties[Name]>
} & {
  readonly [Name in keyof Properties as Exclude<Name, RequiredNames<Names>>]?: Inferred<
    Properties[Name]
  >
}

type RequiredNames<Names> = Names extends readonly (infer Name)[] ? Name : never

interface ValuesByType {
  readonly boolean: boolean
  readonly integer: number
  readonly number: number
  readonly string: string
  readonly object: { readonly [name: string]: unknown }
}

/** Everything in a simulation that is data. A scenario file holds one as JSON. */
export interface Scenario extends Defined<'scenario'> {}

/** Something that goes wrong, as data: in a program, in a scenario file or over HTTP. */
export type Fault = FaultTarget & FaultEffect

/** The requests that a fault strikes. */
export interface FaultTarget extends Defined<'faultTarget'> {}

/** What a fault does. */
export type FaultEffect = Defined<'faultEffect'>

/** Seconds. Sent as a number, or as the date that lies that many seconds ahead. */
export type RetryAfter = Defined<'retryAfter'>

/** How a task ends. A task without an outcome succeeds. */
export interface Outcome extends Defined<'outcome'> {}

/**
 * What happens to the callback of a task with a `callBackUrl`.
 *
 * - `once`: posted when the task has ended (the default)
 * - `twice`: posted a second time
 * - `early`: posted before createTask has answered; the task then takes no time
 * - `never`: not posted
 * - `{ late }`: posted that many milliseconds late
 * - `{ altered }`: posted with other data
 */
export type CallbackFate = Defined<'callbackFate'>

/** A task that exists without having been created by a request. */
export interface GivenTask extends Pick<Outcome, 'state' | 'failCode' | 'failMsg' | 'result'> {
  readonly taskId: string
  /** Default: `ideogram/v3-reframe`. */
  readonly model?: string
  readonly input?: object
}

/** At most `limit` requests in any `interval` milliseconds. */
export interface RateLimit extends Defined<'rateLimit'> {}

/** What the service does where its documents and the reports about it differ. */
export type Behaviour = NonNullable<Scenario['behaviour']>
