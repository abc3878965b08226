import type { ValidateFunction } from 'ajv'
import { createAjv } from './ajv.ts'
import { differences } from './behaviour.ts'
import { readDocument } from './document.ts'
import type { Fault } from './faults/fault.ts'
import type { GivenTask } from './control.ts'
import type { Scenario } from './scenario.ts'
import type { Outcome } from './tasks/outcome.ts'

const count = { type: 'number', minimum: 0 }
const text = { type: 'string' }
const object = { type: 'object' }
/** A name and a value that can stand in a header (RFC 9110, section 5). */
const headerName = { pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }
const headerValue = { ...text, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }
const headers = { ...object, propertyNames: headerName, additionalProperties: headerValue }
const times = { anyOf: [{ const: 'always' }, { type: 'integer', minimum: 1 }] }
const strikes = {
  skip: { type: 'integer', minimum: 0 },
  times,
  chance: { type: 'number', minimum: 0, maximum: 1 },
}
const latency = { anyOf: [count, { type: 'array', items: count, minItems: 2, maxItems: 2 }] }
const retryAfter = { anyOf: [count, closed({ date: count }, ['date'])] }
const status = { type: 'integer', minimum: 200, maximum: 599 }

/** The fields of each fault, and which of them it must have. */
const faults: Readonly<Record<Fault['fault'], [fields: object, required: string[]]>> = {
  status: [{ status, body: text, headers, retryAfter }, ['status']],
  code: [{ code: { type: 'integer' }, msg: text, data: {}, retryAfter }, ['code']],
  delay: [{ ms: count }, ['ms']],
  hang: [{}, []],
  reset: [{}, []],
  refuse: [{}, []],
  truncate: [{}, []],
  break: [{}, []],
  html: [{ status }, []],
  drip: [{ ms: count, bytes: { type: 'integer', minimum: 1 } }, ['ms']],
  empty: [{ status }, []],
  'content-type': [{ type: headerValue }, ['type']],
}

const faultSchema = (): object => ({
  type: 'object',
  required: ['fault'],
  discriminator: { propertyName: 'fault' },
  oneOf: Object.entries(faults).map(([name, [fields, required]]) =>
    closed(
      {
        fault: { const: name },
        operation: operations(),
        accepted: { type: 'boolean' },
        ...strikes,
        ...fields,
      },
      ['fault', ...required],
    ),
  ),
})

function operations(): object {
  return { enum: [...readDocument().operations.map(({ id }) => id), 'files'] }
}

const callback = {
  anyOf: [
    { enum: ['once', 'twice', 'reordered', 'early', 'never'] },
    closed({ late: count }, ['late']),
    closed({ altered: object }, ['altered']),
  ],
}

const outcomeSchema = closed({
  model: text,
  ...strikes,
  state: { enum: ['success', 'fail', 'stuck'] },
  latency,
  invisibleFor: count,
  failCode: text,
  failMsg: text,
  result: object,
  callback,
})

const behaviour = Object.fromEntries(
  Object.entries(differences).map(([name, { reported, documented, others = [] }]) => [
    name,
    others === 'any' ? count : { enum: [...new Set([reported, documented, ...others])] },
  ]),
)

const taskSchema = closed(
  {
    taskId: { ...text, minLength: 1 },
    model: text,
    input: object,
    state: { enum: ['success', 'fail', 'stuck'] },
    result: object,
    failCode: text,
    failMsg: text,
  },
  ['taskId'],
)

const rate = closed(
  { limit: { type: 'integer', minimum: 1 }, interval: { type: 'number', exclusiveMinimum: 0 } },
  ['limit', 'interval'],
)

const scenarioSchema = (): object =>
  closed({
    seed: { type: 'number' },
    latency,
    credits: count,
    price: count,
    keys: { type: 'array', items: text },
    behaviour: { anyOf: [{ enum: ['reported', 'documented'] }, closed(behaviour)] },
    limits: closed({ creates: rate, reads: rate, running: { type: 'integer', minimum: 1 } }),
    keep: closed({ results: count, uploads: count, links: count }),
    faults: { type: 'array', items: faultSchema() },
    outcomes: { type: 'array', items: outcomeSchema },
  })

function closed(properties: object, required: string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false }
}

const list = (items: object): object => ({ type: 'array', items })

/** Compiled when first needed, and kept: tests read faults by the hundred. */
function compiled<Value>(schema: () => object): () => ValidateFunction<Value> {
  let validate: ValidateFunction<Value> | undefined
  return () => (validate ??= createAjv({ discriminator: true }).compile<Value>(schema()))
}

const forScenario = compiled<Scenario>(scenarioSchema)
const forFaults = compiled<Fault[]>(() => list(faultSchema()))
const forOutcomes = compiled<Outcome[]>(() => list(outcomeSchema))
const forTasks = compiled<GivenTask[]>(() => list(taskSchema))

/**
 * @throws {TypeError} when the value is no scenario; the message names the place and what would be
 * right there
 */
export function readScenario(value: unknown): Scenario {
  return read(forScenario(), value, 'scenario')
}

/** One fault, or several. @throws {TypeError} */
export function readFaults(value: unknown): Fault[] {
  return read(forFaults(), Array.isArray(value) ? value : [value], 'faults')
}

/** One outcome, or several. @throws {TypeError} */
export function readOutcomes(value: unknown): Outcome[] {
  return read(forOutcomes(), Array.isArray(value) ? value : [value], 'outcomes')
}

/** One task, or several. @throws {TypeError} */
export function readTasks(value: unknown): GivenTask[] {
  return read(forTasks(), Array.isArray(value) ? value : [value], 'tasks')
}

function read<Value>(validate: ValidateFunction<Value>, value: unknown, name: string): Value {
  if (validate(value)) {
    return value
  }
  const [error] = validate.errors ?? []
  const place = `${name}${error?.instancePath.replaceAll(/\/(\d+)/g, '[$1]').replaceAll('/', '.') ?? ''}`
  if (error?.keyword === 'additionalProperties') {
    throw new TypeError(`${place} has no ${error.params.additionalProperty}`)
  }
  if (error?.keyword === 'required') {
    throw new TypeError(`${place} needs ${error.params.missingProperty}`)
  }
  if (error?.keyword === 'enum') {
    throw new TypeError(
      `${place} should be one of ${error.params.allowedValues.map((one: unknown) => JSON.stringify(one)).join(', ')}`,
    )
  }
  if (error?.keyword === 'discriminator') {
    throw new TypeError(`${place}.fault should be one of ${Object.keys(faults).join(', ')}`)
  }
  if (error?.keyword === 'pattern') {
    throw new TypeError(
      `${place}${error.propertyName === undefined ? '' : ` ${JSON.stringify(error.propertyName)}`} cannot stand in a header`,
    )
  }
  throw new TypeError(`${place} ${error?.message?.replace(/^must /, 'should ') ?? 'is not valid'}`)
}
