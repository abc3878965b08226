import { listenWith } from 'test-kit/listen'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { cellsOf, runMatrix } from '../../../client/test/faults/matrix.ts'
import { createProxies } from '../../../client/test/faults/proxies.ts'
import { runtimeOf, type Serve } from '../../../client/test/faults/runtimes.ts'
import { redisStore } from '../../src/index.ts'
import { connect, isNightly, setupsOf, type Connection } from '../clients.ts'

const way = 'two proxies with one store'

let servers: RedisServer[] = []
let connections: Connection[] = []
afterEach(async () => {
  connections.map(({ close }) => close())
  await Promise.all(servers.map(({ kill }) => kill()))
})

test.skipIf(!hasRedis()).each(setupsOf(isNightly))(
  'the fault matrix passes with two proxies that share $kind with $driver',
  // The clock of the proxies is 50 times as fast. So the store has 100 ms to answer.
  { retry: 2 },
  async ({ driver, start }) => {
    servers = await start()
    const ports = servers.map(({ port }) => port)
    const [first, second] = [await connect(driver, ports), await connect(driver, ports)]
    connections = [first, second]
    // Each instance has its own connection. The cells share no limit.
    const serve: Serve = (proxies) =>
      listenWith(
        createProxies(proxies, (cell) => {
          let count = 0
          return () => {
            count += 1
            const { client } = count % 2 ? first : second
            return redisStore(client, { prefix: `cell-${cell}` })
          }
        }),
      )
    const { rows, unhandled } = await runMatrix(way, runtimeOf([process.execPath]), serve)
    const wrong = rows.filter(({ passed }) => !passed)
    expect(wrong.map(({ cell, ...row }) => ({ ...row, cell: cell.name }))).toEqual([])
    expect(rows).toHaveLength(cellsOf(way).length)
    expect(unhandled).toEqual([])
  },
)
