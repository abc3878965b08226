import type { Ajv2020, ErrorObject } from 'ajv/dist/2020.js'
import { readDocument } from './document.ts'
import { SCENARIO_SCHEMA, type Defined } from './scenario.ts'
import { createAjv } from './schemas.ts'

let cached: Ajv2020 | undefined

/** Compiled at the first use, and cached: tests add faults by the hundred. */
function schemas(): Ajv2020 {
  if (!cached) {
    const operations = readDocument().operations.map(({ id }) => id)
    cached = createAjv({ discriminator: true })
    cached.addSchema({ enum: [...operations, 'files'] }, 'operation')
    cached.addSchema(SCENARIO_SCHEMA, 'scenario')
  }
  return cached
}

/**
 * Checks data against a definition of the scenario schema.
 *
 * @throws {TypeError} when it is not valid. The message names the place and what is allowed there.
 */
export function readDefined<Name extends 'scenario' | 'faults' | 'outcomes'>(
  name: Name,
  value: unknown,
): Defined<Name> {
  assertDefined(name, value)
  return value
}

function assertDefined<Name extends keyof typeof SCENARIO_SCHEMA.$defs>(
  name: Name,
  value: unknown,
): asserts value is Defined<Name> {
  const isValid = schemas().getSchema(`scenario#/$defs/${name}`)
  if (!isValid?.(value)) {
    throw new TypeError(describe(name, isValid?.errors?.[0]))
  }
}

function describe(name: string, error: ErrorObject | undefined): string {
  const path = error?.instancePath.replaceAll(/\/(\d+)/g, '[$1]').replaceAll('/', '.')
  const place = name + (path ?? '')
  const params = error?.params ?? {}
  switch (error?.keyword) {
    case 'additionalProperties':
      return `${place} has no ${params.additionalProperty}`
    case 'unevaluatedProperties':
      return `${place} has no ${params.unevaluatedProperty}`
    case 'required':
      return `${place} needs ${params.missingProperty}`
    case 'enum':
      return `${place} should be one of ${JSON.stringify(params.allowedValues).slice(1, -1)}`
    case 'discriminator':
      return `${place}.fault should be one of ${faultNames().join(', ')}`
    default:
      return `${place} ${error?.message?.replace(/^must /, 'should ') ?? 'is not valid'}`
  }
}

function faultNames(): string[] {
  return SCENARIO_SCHEMA.$defs.faultEffect.oneOf.flatMap(({ properties }) => properties.fault.enum)
}
