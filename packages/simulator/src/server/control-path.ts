import type { IncomingMessage } from 'node:http'
import type { MovableClock } from '../clock.ts'
import { isObject } from '../document.ts'
import { readBytes } from '../files/body.ts'
import { isLoopback, isLoopbackName } from '../loopback.ts'
import { readFaults, readOutcomes, readTasks } from '../scenario-schema.ts'
import { jsonAnswer, type Answer } from '../answer.ts'
import type { Incoming } from '../incoming.ts'
import type { Core } from '../simulator.ts'

export const controlPath = '/__simulator'

/** The control surface over HTTP: for programs on this machine, and no page of another site. */
export function createControlPath({
  control,
  journal,
  clock,
}: Core<MovableClock>): (request: Incoming, incoming: IncomingMessage) => Promise<Answer> {
  const routes: Readonly<Record<string, (body: unknown) => unknown>> = {
    'GET /journal': () => journal,
    'GET /faults': () => control.faults,
    'POST /faults': (body) => control.addFaults(...readFaults(body)),
    'DELETE /faults': () => control.clearFaults(),
    'POST /outcomes': (body) => control.addOutcomes(...readOutcomes(body)),
    'DELETE /outcomes': () => control.clearOutcomes(),
    'GET /credits': () => ({ credits: control.credits }),
    'PUT /credits': (body) => void (control.credits = numberOf(body, 'credits')),
    'POST /tasks': (body) => readTasks(body).forEach((task) => control.addTask(task)),
    'POST /advance': (body) => clock.advance(numberOf(body, 'ms')),
    'POST /reset': () => control.reset(),
  }
  return async (request, incoming) => {
    const refused = refusal(request, incoming)
    if (refused) {
      return jsonAnswer({ error: refused }, 403)
    }
    const route =
      routes[`${request.method} ${new URL(request.url).pathname.slice(controlPath.length)}`]
    if (!route) {
      return jsonAnswer({ error: 'There is no such control', controls: Object.keys(routes) }, 404)
    }
    try {
      const text = new TextDecoder().decode(await readBytes(request, 2 ** 20))
      const given: unknown = text === '' ? undefined : JSON.parse(text)
      return jsonAnswer((await route(given)) ?? { done: true })
    } catch (error) {
      return jsonAnswer({ error: error instanceof Error ? error.message : String(error) }, 400)
    }
  }
}

const forwarding = ['via', 'forwarded', 'x-forwarded-for']

/**
 * A name that resolves to this machine in a browser (DNS rebinding), or a page of another site, has
 * no business here.
 */
function refusal({ headers }: Incoming, { socket }: IncomingMessage): string | undefined {
  const host = headers.get('host') ?? ''
  if (!isLoopback(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '')) {
    return 'The controls are for this machine only'
  }
  if (!URL.canParse(`http://${host}`) || !isLoopbackName(new URL(`http://${host}`).hostname)) {
    return 'The controls are reached by a loopback address only'
  }
  // What was sent on came from somebody else: through a proxy, or by way of a callback or a URL
  // upload.
  if (forwarding.some((name) => headers.get(name) !== null)) {
    return 'The controls take no requests that were sent on'
  }
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (
    (origin !== null && origin !== `http://${host}`) ||
    (site !== null && site !== 'same-origin' && site !== 'none')
  ) {
    return 'The controls are not for pages of other sites'
  }
  return undefined
}

/** @throws when there is no such number */
function numberOf(body: unknown, name: string): number {
  const value = isObject(body) ? body[name] : undefined
  if (typeof value === 'number' && value >= 0) {
    return value
  }
  throw new TypeError(`The body should be { "${name}": NUMBER }, with a number of at least 0`)
}
