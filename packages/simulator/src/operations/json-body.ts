import type { Answer } from '../answer.ts'
import { isObject, type JsonObject } from '../document.ts'
import { BodyTooLarge, readBytes } from '../files/body.ts'
import { largestJson } from '../options.ts'
import { list, parameterCode, type Call, type Service } from '../service.ts'

export type Body = { readonly value: JsonObject } | { readonly refused: Answer }

/** The JSON object that a request carries. What it must hold is the operation's business. */
export async function readJson(service: Service, { request, entry, redact }: Call): Promise<Body> {
  const refuse = (words: string): Body => ({ refused: service.envelopes.refusal(parameterCode(service), words) })
  let text: string
  try {
    text = new TextDecoder().decode(await service.during(readBytes(request, largestJson)))
  } catch (error) {
    if (error instanceof BodyTooLarge) return refuse(error.message)
    throw error
  }
  if (text === '') return refuse('The request has no body')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('The body is not valid JSON')
  }
  if (text.length <= largestNoted) entry.body = redact(text) === text ? value : JSON.parse(redact(text))
  return isObject(value) ? { value } : refuse('The body is not a JSON object')
}

/** Longer bodies are not kept in the journal, in characters. */
const largestNoted = 65_536

/** As {@link readJson}, held to the operation's schema. */
export async function readChecked(service: Service, call: Call): Promise<Body> {
  const body = await readJson(service, call)
  if ('refused' in body) return body
  const problems = service.schemas.body(call.operation, body.value)
  if (problems.length === 0) return body
  const missing = problems.find((problem) => problem.missing)
  return {
    refused: service.envelopes.refusal(parameterCode(service), missing ? `Missing required parameter: ${missing.path}` : list(problems)),
  }
}
