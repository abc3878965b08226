import { expect, test } from 'vitest'
import type { JsonObject } from '../../spec/compile/json.ts'
import { highest } from '../../spec/diff/version-rules.ts'
import { compareSchemas } from '../../spec/diff/compare-schemas.ts'

const text = { type: 'string' }
const other = { type: 'integer' }
const oneOf = [text, other]

/** Keywords that no type has, each with another value. */
const limits: [JsonObject, JsonObject][] = [
  [{ pattern: '^a' }, { pattern: '^b' }],
  [{ not: text }, { not: other }],
  [{ contains: text }, { contains: other }],
  [
    { if: text, then: { minLength: 1 } },
    { if: text, then: { minLength: 2 } },
  ],
  [
    { if: text, else: { minimum: 1 } },
    { if: other, else: { minimum: 1 } },
  ],
  [{ unevaluatedProperties: text }, { unevaluatedProperties: other }],
  [{ unevaluatedItems: text }, { unevaluatedItems: other }],
  [{ patternProperties: { '^a': text } }, { patternProperties: { '^b': text } }],
  [{ propertyNames: { pattern: '^a' } }, { propertyNames: { pattern: '^b' } }],
  [{ dependentRequired: { a: ['title'] } }, { dependentRequired: { title: ['a'] } }],
  [{ dependentSchemas: { title: text } }, { dependentSchemas: { title: other } }],
]

type Case = [before: JsonObject, after: JsonObject, verdicts: string]

const cases: Case[] = [
  ...limits.flatMap(([one, another]): Case[] => [
    [{}, one, 'major major none'],
    [one, {}, 'major patch major'],
    [one, another, 'major major major'],
  ]),
  ...['additionalProperties', 'unevaluatedProperties', 'unevaluatedItems', 'items'].flatMap(
    (keyword): Case[] => [
      [{ [keyword]: text }, { [keyword]: false }, 'major major none'],
      [{ [keyword]: false }, { [keyword]: text }, 'patch patch none'],
      [{ [keyword]: true }, {}, 'none none none'],
    ],
  ),
  [{ contains: text }, { contains: text, minContains: 2 }, 'major major none'],
  [{ contains: text }, { contains: { ...text, description: 'Words.' } }, 'none none none'],
  [{}, { if: text }, 'none none none'],
  [{}, { propertyNames: {} }, 'none none none'],
  [
    { dependentRequired: { a: ['b'] } },
    { dependentRequired: { a: ['b', 'c'] } },
    'major major none',
  ],
  [
    { dependentRequired: { a: ['b', 'c'] } },
    { dependentRequired: { a: ['b'] } },
    'patch patch major',
  ],
  [{ prefixItems: [{ maxLength: 2 }] }, { prefixItems: [{ maxLength: 1 }] }, 'major major none'],
  [{ oneOf }, { oneOf, discriminator: { propertyName: 'kind' } }, 'none none none'],
  [{ const: 'a' }, { enum: ['a'] }, 'none none none'],
  [{ writeOnly: true }, { writeOnly: false }, 'none none minor'],
  [{ readOnly: true }, { readOnly: false }, 'minor minor none'],
  [{ readOnly: false, writeOnly: false }, {}, 'none none none'],
]

test.each(cases)(
  '%j becomes %j: %s in a model, a request and a response',
  (before, after, verdicts) => {
    const found = (['fact', 'request', 'response'] as const).map((role) =>
      highest(compareSchemas('A field', role, before, after).map(({ bump }) => bump)),
    )
    expect(found.join(' ')).toBe(verdicts)
  },
)
