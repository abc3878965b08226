import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cells } from '../../../client/test/faults/cells.ts'
import {
  runMatrix,
  type InFront,
  type Matrix,
  type Row,
} from '../../../client/test/faults/matrix.ts'
import { createFastClock, patienceFor } from '../../../client/test/faults/run-cells.ts'
import { program } from '../../../client/test/faults/runtimes.ts'
import { createProxyHandler, type ProxyHandler } from '../../src/index.ts'
import { faultsOnTheWay, isOnTheWay } from '../faults-on-the-way.ts'
import { listen, listenWith } from 'test-kit/listen'
import { secret } from 'test-kit/world'

const client = join(import.meta.dirname, '../../../client/dist/index.js')

/** On the fast clock of the clients, a tenth less patient than they are. */
function proxyOf(name: string, baseUrl: string): ProxyHandler {
  const options = {
    apiKey: 'any-key',
    secret,
    baseUrl,
    credits: true,
    requestTimeout: patienceFor(name) * 0.9,
  }
  return createProxyHandler(
    {
      ...options,
      models: ['ideogram/v3-reframe'],
      authorize: () => 'ann',
      uploads: { types: ['application/octet-stream'] },
    },
    { clock: createFastClock().clock },
  )
}

const proxied: InFront = async ({ name }, baseUrl) => {
  const { url, stop } = await listenWith(proxyOf(name, baseUrl).fetch)
  return { proxyUrl: url, stop }
}

/** The same faults, but of the way from the page to its proxy. */
const spoiled: InFront = async ({ name, faults = [] }, baseUrl) => {
  const { url, stop } = await listen(faultsOnTheWay(faults, proxyOf(name, baseUrl).fetch))
  return { proxyUrl: url, stop }
}

const onTheWay = cells.filter(isOnTheWay)

describe.each([
  ['behind the proxy', cells, cells, proxied],
  // There the service itself is well.
  ['before the proxy', onTheWay, onTheWay.map((cell) => ({ ...cell, faults: [] })), spoiled],
])(
  'whatever goes wrong %s, no task is bought twice, none is lost, and every failure has a name',
  (_, cells, served, inFront) => {
    let matrix: Matrix
    beforeAll(async () => {
      const between: InFront = (cell, url) => inFront(cells[served.indexOf(cell)] ?? cell, url)
      matrix = await runMatrix(program([process.execPath], client), served, between)
    }, 70_000)

    test.each(cells.map((cell, index) => ({ ...cell, index })))(
      '$call: $name',
      ({ index, bought, ends }) => {
        const row: Row | undefined = matrix.rows[index]
        expect(row).toMatchObject({ bought, idKept: true, timers: 0 })
        expect(typeof ends === 'string' ? [ends] : ends).toContain(row?.ends)
      },
    )

    test('nothing is left behind: no rejection that nobody handles', () => {
      expect(matrix.unhandled).toEqual([])
      expect(matrix.rows).toHaveLength(cells.length)
    })
  },
)
