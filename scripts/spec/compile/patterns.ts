import { schemasIn, SpecError, type Json } from './json.ts'

/**
 * A pattern that is written for another language would stop every program that checks an input with
 * it.
 */
export function checkPatterns(root: Json | undefined, source: string): void {
  for (const { pattern } of schemasIn(root)) {
    if (typeof pattern === 'string' && !isExpression(pattern)) {
      throw new SpecError(
        `${source}: the pattern ${JSON.stringify(pattern)} is no regular expression of ECMAScript; mend or remove it by an overlay`,
      )
    }
  }
}

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}
