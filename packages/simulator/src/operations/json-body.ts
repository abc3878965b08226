import type { Answer } from '../answer.ts'
import { isObject, type JsonObject } from '../document.ts'
import { BodyTooLarge, readBytes } from '../files/body.ts'
import { largestJson } from '../options.ts'
import { list, parameterCode, refuse, type Call, type Service } from '../service.ts'
import { isDeeperThan, redacted } from './json-value.ts'

export type Body = { readonly value: JsonObject } | { readonly refused: Answer }

/** The JSON object that a request carries. What it must hold is the operation's business. */
export async function readJson(
  service: Service,
  { request, operation, entry, redact }: Call,
): Promise<Body> {
  const refused = (words: string): Body => ({
    refused: refuse(service, operation, parameterCode(service), words),
  })
  let text: string
  try {
    text = new TextDecoder().decode(await service.during(readBytes(request, largestJson)))
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      return refused(error.message)
    }
    throw error
  }
  if (text === '') {
    return refused('The request has no body')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refused('The body is not valid JSON')
  }
  // What is nested without end can be read, but neither walked nor written again.
  if (isDeeperThan(value, deepest)) {
    return refused(`The body is nested deeper than ${deepest} levels`)
  }
  if (text.length <= largestNoted) {
    entry.body = redacted(value, redact)
  }
  return isObject(value) ? { value } : refused('The body is not a JSON object')
}

/** The most arrays and objects that may lie within each other. */
const deepest = 100

/** Longer bodies are not kept in the journal, in characters. */
const largestNoted = 65_536

/** As {@link readJson}, held to the operation's schema. */
export async function readChecked(service: Service, call: Call): Promise<Body> {
  const body = await readJson(service, call)
  if ('refused' in body) {
    return body
  }
  const problems = service.schemas.body(call.operation, body.value)
  if (problems.length === 0) {
    return body
  }
  const missing = problems.find((problem) => problem.missing)
  return {
    refused: refuse(
      service,
      call.operation,
      parameterCode(service),
      missing ? `Missing required parameter: ${missing.path}` : list(problems),
    ),
  }
}
