import { listenWith } from 'test-kit/listen'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { cellsOf, runMatrix } from '../../../client/test/faults/matrix.ts'
import { createProxies } from '../../../client/test/faults/proxies.ts'
import { runtimeOf } from '../../../client/test/faults/runtimes.ts'
import { redisStore } from '../../src/index.ts'
import { connect, LONG_SETUPS, type Connection } from '../clients.ts'

const way = 'two proxies with one store'

let servers: RedisServer[] = []
let connections: Connection[] = []
afterEach(async () => {
  connections.map(({ close }) => close())
  await Promise.all(servers.map(({ kill }) => kill()))
})

test.skipIf(!hasRedis()).each(LONG_SETUPS)(
  'the fault matrix passes with two proxies that share $kind with $driver',
  // The clock of the proxies is 50 times as fast. So the store has 100 ms to answer.
  { retry: 2 },
  async ({ driver, start }) => {
    servers = await start()
    const ports = servers.map(({ port }) => port)
    const [one, two] = [await connect(driver, ports), await connect(driver, ports)]
    connections = [one, two]
    // The two proxies of a cell have a connection each. The cells share no limit.
    const openStore = (cell: number) => {
      let isFirst = false
      return () => {
        isFirst = !isFirst
        return redisStore((isFirst ? one : two).client, { prefix: `cell-${cell}` })
      }
    }
    const { rows, unhandled } = await runMatrix(way, runtimeOf([process.execPath]), (proxies) =>
      listenWith(createProxies(proxies, openStore)),
    )
    const wrong = rows.filter(({ passed }) => !passed)
    expect(wrong.map(({ cell, ...row }) => ({ ...row, cell: cell.name }))).toEqual([])
    expect(rows).toHaveLength(cellsOf(way).length)
    expect(unhandled).toEqual([])
  },
)
