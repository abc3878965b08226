import type { IncomingMessage } from 'node:http'
import { jsonAnswer, type Answer } from '../http/answer.ts'
import { readBytes, type Incoming } from '../http/incoming.ts'
import { isLoopback } from '../http/loopback.ts'
import { readDefined } from '../read-scenario.ts'
import type { Control } from '../state/control.ts'
import type { Journal } from '../state/journal.ts'

export const CONTROL_PATH = '/__simulator'

const BODY_LIMIT_BYTES = 2 ** 20

/** The headers that proxies add, and the simulator itself. */
const FORWARDING_HEADERS = ['via', 'forwarded', 'x-forwarded-for']

/** The controls over HTTP. Only programs on this machine may use them, and no pages. */
export function createControlPath(
  control: Control,
  journal: Journal,
): (request: Incoming, incoming: IncomingMessage) => Promise<Answer> {
  // A body is one entry or a list.
  const routes: Readonly<Record<string, (body: unknown) => unknown>> = {
    'GET /journal': () => journal,
    'POST /faults': (body) => control.addFaults(...readDefined('faults', [body].flat())),
    'POST /outcomes': (body) => control.addOutcomes(...readDefined('outcomes', [body].flat())),
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
      return jsonAnswer(route(body) ?? { done: true })
    } catch (error) {
      return jsonAnswer({ error: error instanceof Error ? error.message : String(error) }, 400)
    }
  }
}

/** Refuses pages, and host names that resolve to this machine (DNS rebinding). */
function refusal({ headers }: Incoming, { socket }: IncomingMessage): string | undefined {
  const host = headers.get('host') ?? ''
  if (!isLoopback(socket.remoteAddress?.replace(/^::ffff:/, '') ?? '')) {
    return 'The controls are for this machine only'
  }
  if (!URL.canParse(`http://${host}`) || !isLoopback(new URL(`http://${host}`).hostname)) {
    return 'The controls take loopback URLs only'
  }
  if (FORWARDING_HEADERS.some((name) => headers.get(name) !== null)) {
    return 'The controls take no forwarded requests'
  }
  // A person who opens a control URL sends no `Origin`, and `Sec-Fetch-Site: none`.
  const isPage =
    headers.get('origin') !== null || (headers.get('sec-fetch-site') ?? 'none') !== 'none'
  return isPage ? 'The controls are not for pages' : undefined
}
