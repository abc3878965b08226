import { Validator } from '@cfworker/json-schema'
import { entriesOf, isObject, valueAt, type Json, type JsonObject } from '../spec/compile/json.ts'

type Question = {
  path: string
  method?: 'POST' | 'OPTIONS'
  body?: Json
  /** In place of the key. */
  key?: string
  headers?: Record<string, string>
}

type Answer = { status: number; headers: Headers; json: Json }

export type VerifyOptions = {
  key: string
  baseUrl: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  createTimeout: () => AbortSignal
  /** The compiled document. */
  document: JsonObject
  /** A finished task of the account. Without it the fields of tasks are not checked. */
  taskId?: string | undefined
}

/** What an answer agrees with. Where documents and reports say the same, `documents`. */
export type Agreement = 'documents' | 'reports' | 'neither'
export type Finding = { name: string; agreement: Agreement; detail: string }

export type Verification = {
  findings: Finding[]
  /** Whether a part of the document was observed, by the JSONPath of the part. */
  observed: Map<string, boolean>
}

type Check = Question & {
  name: string
  /** The documented codes. The HTTP status is the same. */
  documents: number[]
  /** The reported code. The HTTP status is 200. */
  reports: number
}

const [CREDIT, DETAILS] = ['/api/v1/chat/credit', '/api/v1/jobs/recordInfo']
const PREFLIGHT = { origin: 'https://page.example.com', 'access-control-request-method': 'GET' }
const MISSING_ID = 'missing task id'
const create: Question = {
  path: '/api/v1/jobs/createTask',
  method: 'POST',
  body: { model: 'no-such-maker/no-such-model' },
}
const link: Question = {
  path: '/api/v1/common/download-url',
  method: 'POST',
  body: { url: 'https://files.example.com/not-ours.png' },
}

/** Requests that the service refuses. The create has no known model and no input. */
const REFUSALS: Check[] = [
  { name: 'wrong key', path: CREDIT, key: 'not-a-key', documents: [401], reports: 401 },
  { name: 'unknown task', path: `${DETAILS}?taskId=no-such-task`, documents: [404], reports: 422 },
  { name: MISSING_ID, path: DETAILS, documents: [400, 422], reports: 400 },
  { name: 'unknown model', ...create, documents: [422], reports: 422 },
  { name: 'download link of another host', ...link, documents: [422], reports: 422 },
]

/** Compares the service with the documents. Every request is free. Nothing is created. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const ask = (question: Question): Promise<Answer> => send(question, options)
  const { document, taskId } = options
  const balance = await ask({ path: CREDIT })
  const credits = valueAt(balance.json, 'data')
  if (codeOf(balance.json) !== 200 || typeof credits !== 'number') {
    throw new Error(`The service refuses the key, or has no balance for it: ${toText(balance)}`)
  }
  const findings: Finding[] = [
    {
      name: 'balance',
      agreement: Number.isInteger(credits) ? 'documents' : 'reports',
      detail: `${toText(balance)}, ${Number.isInteger(credits) ? 'a whole number' : 'a fraction'}`,
    },
    headersOf(balance),
    corsOf(await ask({ path: CREDIT, method: 'OPTIONS', headers: PREFLIGHT })),
  ]
  const observed = new Map<string, boolean>()
  // A whole balance says nothing about fractions.
  if (!Number.isInteger(credits)) {
    observed.set('$.components.schemas.AccountCredits', true)
  }
  const answers: Answer[] = []
  for (const check of REFUSALS) {
    const answer = await ask(check)
    answers.push(answer)
    findings.push(toFinding(check, answer))
    if (check.name === MISSING_ID) {
      observed.set('$.components.responses.BadRequest', codeOf(answer.json) === 400)
    }
  }
  observed.set('$.components.schemas.ErrorResponse', answers.every(isEnvelope))
  if (taskId) {
    const answer = await ask({ path: `${DETAILS}?taskId=${encodeURIComponent(taskId)}` })
    findings.push(checkTask(answer, document, observed))
  }
  return { findings, observed }
}

function toFinding({ name, documents, reports }: Check, answer: Answer): Finding {
  const code = codeOf(answer.json)
  const isDocumented = documents.some((each) => each === code && each === answer.status)
  const other = answer.status === 200 && code === reports ? 'reports' : 'neither'
  return { name, agreement: isDocumented ? 'documents' : other, detail: toText(answer) }
}

function isEnvelope({ json }: Answer): boolean {
  return (
    isObject(json) &&
    Number.isInteger(json.code) &&
    typeof json.msg === 'string' &&
    (json.data ?? null) === null
  )
}

function headersOf({ headers }: Answer): Finding {
  const isJson = /^application\/json\b/i.test(headers.get('content-type') ?? '')
  const detail = `${isJson ? 'JSON' : 'not JSON'}, with ${[...headers.keys()].join(', ')}`
  return { name: 'headers', agreement: isJson ? 'documents' : 'neither', detail }
}

/** The documents say nothing about CORS. Pages are reported to be blocked. */
function corsOf({ headers }: Answer): Finding {
  const allowed = headers.get('access-control-allow-origin')
  const isAllowed = allowed === '*' || allowed === PREFLIGHT.origin
  const detail = `pages of other origins ${isAllowed ? 'may' : 'may not'} call`
  return { name: 'CORS', agreement: isAllowed ? 'neither' : 'documents', detail }
}

/** Compares the fields of a task with their schemas. A field that is absent is not observed. */
function checkTask(answer: Answer, document: JsonObject, observed: Map<string, boolean>): Finding {
  const task = valueAt(answer.json, 'data')
  const properties = valueAt(document, 'components', 'schemas', 'TaskDetails', 'properties')
  const wrong: string[] = []
  for (const [name, schema] of entriesOf(properties)) {
    const value = valueAt(task, name)
    if (isObject(schema) && schema['x-evidence'] !== undefined && value !== undefined) {
      const isValid = new Validator({ ...schema }, '2020-12').validate(value).valid
      observed.set(`$.components.schemas.TaskDetails.properties['${name}']`, isValid)
      wrong.push(...(isValid ? [] : [name]))
    }
  }
  const isRight = isObject(task) && wrong.length === 0
  const detail = `${toText(answer)}${wrong.length > 0 ? `, other than documented: ${wrong}` : ''}`
  return { name: 'a task', agreement: isRight ? 'documents' : 'neither', detail }
}

function toText({ status, json }: Answer): string {
  const message: Json | undefined = valueAt(json, 'msg')
  const text = typeof message === 'string' ? `, ${JSON.stringify(message.slice(0, 80))}` : ''
  return `HTTP ${status}, code ${codeOf(json) ?? 'missing'}${text}`
}

/**
 * Sends one request. A redirect is not followed, so no other host gets the key.
 *
 * @throws when the service does not answer or is not available: nothing can be learned then
 */
async function send(
  { path, method, body, key, headers }: Question,
  options: VerifyOptions,
): Promise<Answer> {
  const authorization = `Bearer ${key ?? options.key}`
  const response = await options.fetch(options.baseUrl + path, {
    method: method ?? 'GET',
    redirect: 'manual',
    signal: options.createTimeout(),
    headers: { authorization, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const json = toJson(await response.text())
  const { status } = response
  if (method !== 'OPTIONS' && (status >= 502 || [429, 455].includes(codeOf(json) ?? status))) {
    throw new Error(`The service is not available: HTTP ${status} for ${path}. Try again later.`)
  }
  return { status, headers: response.headers, json }
}

function toJson(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function codeOf(json: Json): number | undefined {
  return isObject(json) && typeof json.code === 'number' ? json.code : undefined
}
