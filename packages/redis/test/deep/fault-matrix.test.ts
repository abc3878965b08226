import { listenWith } from 'test-kit/listen'
import { hasRedis, startRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { cellsOf, runMatrix } from '../../../client/test/faults/matrix.ts'
import { createProxies } from '../../../client/test/faults/proxies.ts'
import { runtimeOf, type Serve } from '../../../client/test/faults/runtimes.ts'
import { redisStore, type RedisClient } from '../../src/index.ts'
import { connect, DRIVERS, type Connection } from '../clients.ts'

const way = 'two proxies with one store'

let server: RedisServer | undefined
let connections: Connection[] = []
afterEach(async () => {
  connections.map(({ close }) => close())
  await server?.kill()
})

test.skipIf(!hasRedis()).each(DRIVERS)(
  'the fault matrix passes with two proxies that share Redis, with %s',
  // The clock of the proxies is 50 times as fast. So the store has 100 ms to answer.
  { retry: 2 },
  async (driver) => {
    server = await startRedis()
    const { port } = server
    connections = await Promise.all([connect(driver, [port]), connect(driver, [port])])
    const clients = connections.map(({ client }) => client)
    // Each instance has its own connection. The cells share no limit.
    const serve: Serve = (proxies) =>
      listenWith(
        createProxies(proxies, (cell) => {
          const left: RedisClient[] = [...clients]
          return () => redisStore(left.shift() ?? expect.fail(), { prefix: `cell-${cell}` })
        }),
      )
    const { rows, unhandled } = await runMatrix(way, runtimeOf([process.execPath]), serve)
    const wrong = rows.filter(({ passed }) => !passed)
    expect(wrong.map(({ cell, ...row }) => ({ ...row, cell: cell.name }))).toEqual([])
    expect(rows).toHaveLength(cellsOf(way).length)
    expect(unhandled).toEqual([])
  },
)
