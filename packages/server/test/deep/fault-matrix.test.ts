import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cells } from '../../../client/test/faults/cells.ts'
import { runMatrix, type InFront, type Matrix } from '../../../client/test/faults/matrix.ts'
import { createFastClock, patienceFor } from '../../../client/test/faults/run-cells.ts'
import { program } from '../../../client/test/faults/runtimes.ts'
import { createProxyHandler, type ProxyHandler } from '../../src/index.ts'
import { faultsOnTheWay, isOnTheWay } from '../faults-on-the-way.ts'
import { listen, listenWith } from '../listen.ts'
import { secret } from '../world.ts'

const client = join(import.meta.dirname, '../../../client/dist/index.js')

/** A proxy on the fast clock of the clients, with a shorter timeout than theirs. */
function proxyOf(name: string, baseUrl: string): ProxyHandler {
  return createProxyHandler(
    {
      apiKey: 'any-key',
      secret,
      baseUrl,
      credits: true,
      requestTimeout: patienceFor(name) * 0.9,
      models: ['ideogram/v3-reframe'],
      authorize: () => 'ann',
      uploads: { types: ['application/octet-stream'] },
    },
    { clock: createFastClock().clock },
  )
}

const faultsBehind: InFront = async ({ name }, baseUrl) => {
  const { url, stop } = await listenWith(proxyOf(name, baseUrl).fetch)
  return { proxyUrl: url, stop }
}

const faultsBefore: InFront = async ({ name, faults = [] }, baseUrl) => {
  const { url, stop } = await listen(faultsOnTheWay(faults, proxyOf(name, baseUrl).fetch))
  return { proxyUrl: url, stop }
}

const onTheWay = cells.filter(isOnTheWay)
// The faults are between page and proxy, so the service has none.
const withoutFaults = onTheWay.map((cell) => ({ ...cell, faults: [] }))

describe.each([
  ['behind the proxy', cells, cells, faultsBehind],
  ['before the proxy', onTheWay, withoutFaults, faultsBefore],
])('faults %s', (where, cells, served, inFront) => {
  let matrix: Matrix
  beforeAll(async () => {
    const between: InFront = (cell, url) => inFront(cells[served.indexOf(cell)] ?? cell, url)
    matrix = await runMatrix(program([process.execPath], client), served, between)
  }, 70_000)

  test.each(cells.map((cell, index) => ({ ...cell, index })))(
    `A fault ${where} charges once and has a named end in $call ($name).`,
    ({ index, bought, ends }) => {
      const row = matrix.rows[index]
      expect(row).toMatchObject({ bought, idKept: true, timers: 0 })
      expect([ends].flat()).toContain(row?.ends)
    },
  )

  test(`Faults ${where} cause no unhandled rejection.`, () => {
    expect(matrix.unhandled).toEqual([])
    expect(matrix.rows).toHaveLength(cells.length)
  })
})
