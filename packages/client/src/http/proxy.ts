import {
  ApikleyError,
  misconfigured,
  type ApikleyErrorData,
  type ApikleyErrorKind,
} from '../errors.ts'
import type { Transport } from '../options.ts'
import { isRecord, type Operation, type ResponseKind } from './classify.ts'
import { isErrorKind, withoutQuery } from './messages.ts'
import type { Body } from './request.ts'

/**
 * The paths that `createProxyHandler` of `@apikley/server` serves. The service has none of them, so
 * a plain reverse proxy at the same URL answers 404 and charges nothing.
 */
const PATH_BY_OPERATION: Readonly<Record<string, string>> = {
  'create-task': '/tasks',
  'get-task-details': '/tasks/',
  'download-url': '/files/link',
  'upload-file-stream': '/files',
  'upload-file-url': '/files/from-url',
  'get-account-credits': '/credits',
  'create-key': '/keys',
  'recover-key': '/keys/',
}

/** Longer texts of a proxy are cut. */
const MAX_TEXT_CHARACTERS = 2000

/**
 * The URL of a request to a proxy.
 *
 * @param url the URL of the same operation at the service
 * @throws {ApikleyError} `configuration` for an operation that no proxy serves
 */
export function proxyUrl({ baseUrl }: Transport, { id }: Operation, url: string): string {
  const path = PATH_BY_OPERATION[id]
  if (path === undefined) {
    throw misconfigured(`${id} is not available through a proxy. Call it on the server.`)
  }
  const { searchParams, pathname } = new URL(url)
  const taskId = encodeURIComponent(searchParams.get('taskId') ?? '')
  const key = path === '/keys/' ? pathname.slice(pathname.lastIndexOf('/') + 1) : ''
  return `${absolute(baseUrl)}${path}${path === '/tasks/' ? taskId : key}`
}

/**
 * A full URL. In a page, the path of a proxy is completed by the page's own origin.
 *
 * @throws {ApikleyError} `configuration` for a path outside a page
 */
export function absolute(base: string): string {
  if (!base.startsWith('/')) {
    return base
  }
  if (typeof location === 'object') {
    return `${location.origin}${base}`
  }
  const message = `proxyUrl ${base} has no host here: on a server, pass the API key or a full URL.`
  throw misconfigured(message)
}

/**
 * The error for a response that no `createProxyHandler` has sent: from a plain reverse proxy, a
 * sign-in page, or a redirect.
 */
export function foreignServerError(
  { baseUrl }: Transport,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
): ApikleyError | undefined {
  const isConclusive = status < 400 || status === 404 || status === 405
  if (headers.has('apikley-proxy') || !isConclusive) {
    return undefined
  }
  // A page does not learn the target of a redirect.
  const target = status === 0 ? 'another URL' : headers.get('location')
  const answer = target === null ? `answers HTTP ${status}` : `redirects to ${withoutQuery(target)}`
  const isSlash = target !== null && (status === 0 || target.endsWith('/'))
  const hint = isSlash ? ' With trailingSlash, Next.js needs skipTrailingSlashRedirect.' : ''
  const message =
    `The server at proxyUrl ${baseUrl} ${answer}, and not as createProxyHandler of ` +
    `@apikley/server does. Nothing was sent. Check proxyUrl and the route.${hint}`
  return new ApikleyError({ kind: 'configuration', status, message })
}

/**
 * The error that a proxy sends as `ApikleyError.toJSON`. It may refine the kind of the response,
 * but never turns `unconfirmed` into a certain refusal, because an intermediary can send it too.
 * Undefined for a response without an error of a proxy.
 *
 * @param kind the kind of the response itself
 */
export function readProxyError(error: unknown, kind: ResponseKind): ApikleyErrorData | undefined {
  if (!isRecord(error) || !isErrorKind(error.kind) || typeof error.message !== 'string') {
    return undefined
  }
  const isCertain = kind !== 'unconfirmed' && kind !== 'unexpected-response'
  if (!isCertain && error.kind !== kind && error.kind !== 'unconfirmed') {
    return undefined
  }
  const text = (name: string): string | undefined =>
    typeof error[name] === 'string' ? error[name].slice(0, MAX_TEXT_CHARACTERS) : undefined
  const number = (name: string): number | undefined =>
    Number.isFinite(error[name]) ? Number(error[name]) : undefined
  return {
    kind: error.kind,
    message: error.message.slice(0, MAX_TEXT_CHARACTERS),
    code: number('code'),
    msg: text('msg'),
    status: number('status'),
    taskId: text('taskId'),
    requestId: text('requestId'),
    failCode: text('failCode'),
    failMsg: text('failMsg'),
    creditsConsumed: number('creditsConsumed'),
    // A proxy whose store fails does not know whether an earlier copy of the request was charged.
    ...(error.charge === 'possible' && { charge: 'possible' }),
  }
}

const RETRIED_KINDS: readonly ApikleyErrorKind[] = ['connection', 'server', 'unexpected-response']

/**
 * Whether the proxy has retried already, so that the page does not. The proxy streams the bytes of
 * an upload and cannot repeat them. The page waits for limits and for `Retry-After`.
 */
export function isRetriedByProxy({ id }: Operation, error: ApikleyErrorData): boolean {
  const { kind, retryAfter } = error
  return id !== 'upload-file-stream' && retryAfter === undefined && RETRIED_KINDS.includes(kind)
}

/** The file in a form, under its final name. The proxy takes the bytes and makes the form itself. */
export function toProxyFile(form: Body): File | undefined {
  if (!(form instanceof FormData)) {
    return undefined
  }
  const file = form.get('file')
  const name = form.get('fileName')
  return file instanceof File
    ? new File([file], typeof name === 'string' ? name : file.name, { type: file.type })
    : undefined
}
