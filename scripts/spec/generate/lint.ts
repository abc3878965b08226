import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { keysOf, type JsonObject } from '../compile/json.ts'

export type Problem = {
  rule: string
  isError: boolean
  message: string
  /** The keys that lead to the place in the compiled document. */
  path: string[]
}

/** Lints a compiled document before anything is written. */
export async function lint(document: JsonObject): Promise<Problem[]> {
  const redocly = await import('@redocly/openapi-core')
  const rules = await readFile(resolve(import.meta.dirname, '../../redocly.yaml'), 'utf8')
  const config = await redocly.createConfig(rules)
  const problems = await redocly.lintDocument({
    document: { source: new redocly.Source('specs/openapi.yaml', ''), parsed: document },
    externalRefResolver: new redocly.BaseResolver(config.resolve),
    config,
  })
  return problems.map(({ ruleId, severity, message, location: [place] }) => ({
    rule: ruleId,
    isError: severity === 'error',
    message: message.replaceAll(/\s+/g, ' ').trim(),
    path: keysOf(place?.pointer ?? '#'),
  }))
}
