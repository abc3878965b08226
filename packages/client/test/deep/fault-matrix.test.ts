import { join } from 'node:path'
import { listen, listenWith } from 'test-kit/listen'
import { createProxy } from 'test-kit/world'
import { beforeAll, describe, expect, test } from 'vitest'
import { cells, type Cell } from '../faults/cells.ts'
import { faultsOnTheWay, isOnTheWay } from '../faults/faults-on-the-way.ts'
import { memoryStore, type Clock, type Store } from '../../src/index.ts'
import { runMatrix, type InFront, type Matrix } from '../faults/matrix.ts'
import { createFastClock, requestTimeoutFor } from '../faults/run-cells.ts'
import { program } from '../faults/runtimes.ts'

const client = join(import.meta.dirname, '../../dist/index.js')

type Handler = (request: Request) => Promise<Response>

/** A proxy on the fast clock of its clients. Its timeout is a tenth shorter than theirs. */
function fetchOf(
  cell: Cell,
  baseUrl: string,
  clock: Clock = createFastClock().clock,
  store: Store = memoryStore({ clock }),
): Handler {
  const proxy = createProxy(
    {
      baseUrl,
      store,
      authorize: () => 'ann',
      credits: true,
      requestTimeout: requestTimeoutFor(cell) * 0.9,
      uploads: { types: ['application/octet-stream'] },
      onError: () => {},
    },
    clock,
  )
  return proxy.fetch
}

const behindProxy: InFront = async (cell, baseUrl) => {
  const { url, stop } = await listenWith(fetchOf(cell, baseUrl))
  return { proxyUrl: url, stop }
}

/** A load balancer sends requests to two instances in turn. They share a store. */
const behindTwoProxies: InFront = async (cell, baseUrl) => {
  const { clock } = createFastClock()
  const store = memoryStore({ clock })
  const proxies = [0, 1].map(() => fetchOf(cell, baseUrl, clock, store))
  let count = 0
  const { url, stop } = await listenWith(async (request) => {
    count += 1
    const response = await proxies[count % 2]?.(request)
    return response ?? Response.error()
  })
  return { proxyUrl: url, stop }
}

/** Some platforms make a new instance for each request. */
const behindNewProxies: InFront = async (cell, baseUrl) => {
  const { clock } = createFastClock()
  const store = memoryStore({ clock })
  const { url, stop } = await listenWith((request) => fetchOf(cell, baseUrl, clock, store)(request))
  return { proxyUrl: url, stop }
}

/** The faults happen between the page and its proxy. The service works. */
const beforeProxy: InFront = async (cell, baseUrl) => {
  const { url, stop } = await listen(faultsOnTheWay(cell.faults ?? [], fetchOf(cell, baseUrl)))
  return { proxyUrl: url, stop }
}

// An answer to a read that is not from the proxy is a wrong configuration.
const onTheWay = cells
  .filter(isOnTheWay)
  .map((cell) => (cell.name === 'code 401' ? { ...cell, ends: 'configuration' } : cell))
const withoutFaults = onTheWay.map((cell) => ({ ...cell, faults: [] }))

/**
 * Each cell uses real connections. The client runs in its own process, which has to end by itself.
 * `node test/faults/main.ts` prints the table for any runtime.
 */
describe.each([
  { where: 'without a proxy', cells, served: cells, inFront: undefined },
  { where: 'behind the proxy', cells, served: cells, inFront: behindProxy },
  { where: 'behind two proxies', cells, served: cells, inFront: behindTwoProxies },
  { where: 'behind new proxies', cells, served: cells, inFront: behindNewProxies },
  { where: 'before the proxy', cells: onTheWay, served: withoutFaults, inFront: beforeProxy },
])(
  'a fault $where charges at most one task, loses none, and ends in a named error',
  ({ cells, served, inFront }) => {
    let matrix: Matrix
    beforeAll(async () => {
      const between: InFront | undefined =
        inFront && ((cell, url) => inFront(cells[served.indexOf(cell)] ?? cell, url))
      matrix = await runMatrix(program([process.execPath], client), served, between)
    }, 70_000)

    test.each(cells.map((cell, index) => ({ ...cell, index })))(
      '$call: $name',
      ({ index, charged, ends }) => {
        const row = matrix.rows[index]
        expect(row).toMatchObject({ charged, idKept: true, timers: 0 })
        expect(typeof ends === 'string' ? [ends] : ends).toContain(row?.ends)
      },
    )

    test('every cell has a report, and no rejection is unhandled', () => {
      expect(matrix.unhandled).toEqual([])
      expect(matrix.rows).toHaveLength(cells.length)
    })
  },
)
