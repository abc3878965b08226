import { listenWith } from 'test-kit/listen'
import { hasRedis, startRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { cellsOf, runMatrix } from '../../../client/test/faults/matrix.ts'
import { createProxies } from '../../../client/test/faults/proxies.ts'
import { runtimeOf, type Serve } from '../../../client/test/faults/runtimes.ts'
import { redisStore } from '../../src/index.ts'
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
    const [first, second] = [await connect(driver, [port]), await connect(driver, [port])]
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
