// An instance of the proxy. The test that forks it receives its URL.
import { listenWith } from 'test-kit/listen'
import { createProxies, type Proxies } from '../../../client/test/faults/proxies.ts'
import { redisStore } from '../../src/index.ts'
import { connect, type DriverName } from '../clients.ts'

export interface InstanceOptions {
  readonly driver: DriverName
  readonly ports: readonly number[]
  readonly proxies: Proxies
}

const { driver, ports, proxies }: InstanceOptions = JSON.parse(process.argv[2] ?? '')
const { client } = await connect(driver, ports)
// The cells share no limit.
const openStore = (cell: number) => () => redisStore(client, { prefix: `cell-${cell}` })
const { url } = await listenWith(createProxies(proxies, openStore))
process.once('disconnect', () => process.exit())
process.send?.(url)
