import { createRequire } from 'node:module'
import type * as Ajv from 'ajv/dist/2020.js'
import type * as Formats from 'ajv-formats'

const require = createRequire(import.meta.url)

/**
 * Checks JSON against schemas of the dialect that OpenAPI 3.1 uses. Loaded when it is first needed:
 * it is most of what a start would take.
 */
export function createAjv(options: Ajv.Options): Ajv.Ajv2020 {
  const { Ajv2020 }: typeof Ajv = require('ajv/dist/2020.js')
  const { default: addFormats }: { default: typeof Formats.default } = require('ajv-formats')
  const ajv = new Ajv2020({ strict: false, ...options })
  addFormats(ajv)
  return ajv
}
