import type { IncomingMessage } from 'node:http'
import type { MovableClock } from '../clock.ts'
import { isObject } from '../document.ts'
import { jsonAnswer, type Answer } from '../http/answer.ts'
import { readBytes, type Incoming } from '../http/incoming.ts'
import { isLoopback, isLoopbackName } from '../http/loopback.ts'
import { readDefined } from '../read-scenario.ts'
import type { Control } from '../state/control.ts'
import type { Journal } from '../state/journal.ts'

export const CONTROL_PATH = '/__simulator'

const BODY_LIMIT_BYTES = 2 ** 20

/** The headers that proxies add, and the simulator itself. */
const FORWARDING_HEADERS = ['via', 'forwarded', 'x-forwarded-for']

export interface ControlPathParts {
  readonly control: Control
  readonly journal: Journal
  readonly clock: MovableClock
}

/** The controls over HTTP. Only programs on this machine may use them, and no pages of other sites. */
export function createControlPath({
  control,
  journal,
  clock,
}: ControlPathParts): (request: Incoming, incoming: IncomingMessage) => Promise<Answer> {
  const routes: Readonly<Record<string, (body: unknown) => unknown>> = {
    'GET /journal': () => journal,
    'GET /faults': () => control.faults,
    'POST /faults': (body) => control.addFaults(...readDefined('faults', toList(body))),
    'DELETE /faults': () => control.clearFaults(),
    'POST /outcomes': (body) => control.addOutcomes(...readDefined('outcomes', toList(body))),
    'DELETE /outcomes': () => control.clearOutcomes(),
    'GET /credits': () => ({ credits: control.credits }),
    'PUT /credits': (body) => {
      control.credits = numberOf(body, 'credits')
    },
    'POST /tasks': (body) => {
      readDefined('tasks', toList(body)).forEach((task) => control.addTask(task))
    },
    'POST /advance': (body) => clock.advance(numberOf(body, 'ms')),
    'POST /reset': () => control.reset(),
  }
  return async (request, incoming) => {
    const refused = refusal(request, incoming)
    if (refused) {
      return jsonAnswer({ error: refused }, 403)
    }
    const path = new URL(request.url).pathname.slice(CONTROL_PATH.length)
    const route = routes[`${request.method} ${path}`]
    if (!route) {
      return jsonAnswer({ error: 'There is no such control', controls: Object.keys(routes) }, 404)
    }
    try {
      const text = new TextDecoder().decode(await readBytes(request, BODY_LIMIT_BYTES))
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      return jsonAnswer((await route(body)) ?? { done: true })
    } catch (error) {
      return jsonAnswer({ error: error instanceof Error ? error.message : String(error) }, 400)
    }
  }
}

/** Refuses pages of other sites, and host names that resolve to this machine (DNS rebinding). */
function refusal({ headers }: Incoming, { socket }: IncomingMessage): string | undefined {
  const host = headers.get('host') ?? ''
  if (!isLoopback(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '')) {
    return 'The controls are for this machine only'
  }
  if (!URL.canParse(`http://${host}`) || !isLoopbackName(new URL(`http://${host}`).hostname)) {
    return 'The controls take loopback URLs only'
  }
  if (FORWARDING_HEADERS.some((name) => headers.get(name) !== null)) {
    return 'The controls take no forwarded requests'
  }
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOtherOrigin = origin !== null && origin !== `http://${host}`
  const isOtherSite = site !== null && site !== 'same-origin' && site !== 'none'
  return isOtherOrigin || isOtherSite ? 'The controls are not for pages of other sites' : undefined
}

/** A body may be one entry or a list. */
function toList(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body]
}

/** @throws {TypeError} when the body has no such number */
function numberOf(body: unknown, name: string): number {
  const value = isObject(body) ? body[name] : undefined
  if (typeof value === 'number' && value >= 0) {
    return value
  }
  throw new TypeError(`The body should be { "${name}": NUMBER }, with a number of at least 0`)
}
