import { isObject, type JsonObject, type Operation } from '../document.ts'
import { BodyError, readBytes } from '../http/incoming.ts'
import { formatProblems, problemsOf } from '../schemas.ts'
import { Refusal, type Call, type Service } from './service.ts'

/** The largest JSON body: a file of 10 MB in base64, and some more. */
const BODY_LIMIT_BYTES = 16 * 2 ** 20

/** How deep arrays and objects may be nested. */
const DEPTH_LIMIT = 100

/** The journal does not keep longer bodies. */
const JOURNAL_LIMIT_CHARACTERS = 65_536

/** The JSON object in the body of a request, without a check against a schema. */
export async function readJson(
  service: Service,
  { request, entry, redact }: Call,
): Promise<JsonObject> {
  const bytes = await service.clock.during(readBytes(request, BODY_LIMIT_BYTES))
  const text = new TextDecoder().decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BodyError(text === '' ? 'The request has no body' : 'The body is not valid JSON')
  }
  // Deeper values can be parsed, but neither walked nor written again.
  if (isDeeperThan(value, DEPTH_LIMIT)) {
    throw new BodyError(`The body is nested deeper than ${DEPTH_LIMIT} levels`)
  }
  if (text.length <= JOURNAL_LIMIT_CHARACTERS) {
    entry.body = redactValue(value, redact)
  }
  if (!isObject(value)) {
    throw new BodyError('The body is not a JSON object')
  }
  return value
}

/** As {@link readJson}, checked against the operation's schema. */
export async function readChecked(service: Service, call: Call): Promise<JsonObject> {
  const body = await readJson(service, call)
  refuseProblems(call.operation, body)
  return body
}

/** @throws {Refusal} when a body is not valid. A missing parameter is named first. */
export function refuseProblems(operation: Operation, body: JsonObject, isText = false): void {
  const problems = problemsOf(operation.body, body, isText)
  const missing = problems.find((problem) => problem.missing)
  if (missing) {
    throw new Refusal('wrong-parameter', `Missing required parameter: ${missing.path}`)
  }
  if (problems.length > 0) {
    throw new Refusal('wrong-parameter', formatProblems(problems))
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false
  }
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(part, levels - 1))
}

/** A copy of a JSON value. `redact` is applied to its strings and its property names. */
function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') {
    return redact(value)
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  if (Array.isArray(value)) {
    return value.map((item) => redactValue(item, redact))
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [redact(name), redactValue(part, redact)]),
  )
}
