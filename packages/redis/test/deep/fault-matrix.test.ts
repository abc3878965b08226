import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request as send } from 'node:http'
import { join } from 'node:path'
import { listen, type Listening } from 'test-kit/listen'
import { hasRedis, type RedisServer } from 'test-kit/redis'
import { afterEach, expect, test } from 'vitest'
import { cellsOf, runMatrix } from '../../../client/test/faults/matrix.ts'
import { runtimeOf } from '../../../client/test/faults/runtimes.ts'
import { LONG_SETUPS } from '../clients.ts'
import type { InstanceOptions } from './proxy.ts'

const way = 'two proxies with one store'

let servers: RedisServer[] = []
let instances: ChildProcess[] = []
afterEach(async () => {
  instances.map((instance) => instance.kill())
  instances = []
  await Promise.all(servers.map(({ kill }) => kill()))
})

/** Starts a process with a proxy, and returns its URL. */
async function startInstance(options: InstanceOptions): Promise<string> {
  const program = join(import.meta.dirname, 'proxy.ts')
  const instance = fork(program, [JSON.stringify(options)], { execArgv: [] })
  instances.push(instance)
  const [url] = await once(instance, 'message')
  return String(url)
}

/** A load balancer that sends the requests of each cell to the instances in turn. */
function balance(urls: readonly string[]): Promise<Listening> {
  const counts = new Map<string, number>()
  return listen((request, response) => {
    const [, cell = ''] = (request.url ?? '').split('/')
    const count = counts.get(cell) ?? 0
    counts.set(cell, count + 1)
    const { method, headers } = request
    const url = new URL(request.url ?? '', urls[count % urls.length])
    const forward = send(url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forward.on('error', () => response.destroy())
    request.pipe(forward)
    response.once('close', () => {
      forward.destroy()
      // An instance may answer before it has read the body. The connection would then be stuck.
      request.unpipe().resume()
    })
  })
}

test.skipIf(!hasRedis()).each(LONG_SETUPS)(
  'the fault matrix passes with two processes behind a load balancer that share $kind with $driver',
  // The clock of the proxies is 50 times as fast. So the store has 100 ms to answer.
  { retry: 2 },
  async ({ driver, start }) => {
    servers = await start()
    const ports = servers.map(({ port }) => port)
    const { rows, unhandled } = await runMatrix(
      way,
      runtimeOf([process.execPath]),
      async ({ targets }) => {
        const proxies = { way: 'one proxy', targets, startedAt: Date.now() } as const
        const options = { driver, ports, proxies }
        return balance(await Promise.all([startInstance(options), startInstance(options)]))
      },
    )
    const wrong = rows.filter(({ passed }) => !passed)
    expect(wrong.map(({ cell, ...row }) => ({ ...row, cell: cell.name }))).toEqual([])
    expect(rows).toHaveLength(cellsOf(way).length)
    expect(unhandled).toEqual([])
  },
)
