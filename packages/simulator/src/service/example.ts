import { matchPath } from '../document.ts'
import { jsonAnswer } from '../http/answer.ts'
import { readForm } from '../http/incoming.ts'
import { formatProblems, problemsOf } from '../schemas.ts'
import { readChecked, refuseProblems } from './json-body.ts'
import { Refusal, type Call, type Handler } from './service.ts'

/** The largest form of an operation that the simulator only checks. */
const FORM_LIMIT_BYTES = 16 * 2 ** 20

/**
 * Checks a request against the document, and answers with the document's example. It serves the
 * operations that have no handler.
 */
export const answerExample: Handler = async (service, call) => {
  const { operation, request } = call
  checkParameters(call)
  if (operation.bodyType === 'multipart/form-data') {
    const form = await service.clock.during(readForm(request, FORM_LIMIT_BYTES))
    const fields = [...form].map(([name, value]) => [name, typeof value === 'string' ? value : ''])
    refuseProblems(operation, Object.fromEntries(fields), true)
  } else if (operation.body && (operation.isBodyRequired || hasBody(call))) {
    await readChecked(service, call)
  }
  return jsonAnswer(operation.example)
}

function checkParameters({ operation, url }: Call): void {
  const inPath = operation.paths
    .map((path) => matchPath(path, url.pathname))
    .find((values) => values !== undefined)
  for (const { name, in: where, isRequired, schema } of operation.parameters) {
    const values = where === 'path' ? [inPath?.get(name)] : url.searchParams.getAll(name)
    const present = values.filter((value) => value !== undefined)
    if (present.length === 0 && isRequired) {
      throw new Refusal('wrong-parameter', `Missing required parameter: ${name}`)
    }
    const problems = present.length > 0 ? problemsOfParameter(schema, present) : []
    if (problems.length > 0) {
      throw new Refusal('wrong-parameter', `${name}: ${formatProblems(problems)}`)
    }
  }
}

const problemsOfParameter = (
  schema: string,
  values: readonly string[],
): ReturnType<typeof problemsOf> =>
  problemsOf(schema, values.length > 1 ? [...values] : values[0], true)

function hasBody({ request }: Call): boolean {
  const length = request.headers.get('content-length')
  return length === null ? request.body !== null : length !== '0'
}
