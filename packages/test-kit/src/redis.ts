import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Redis server of its own, on loopback, without a file on disk. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Runs a command with `redis-cli`. */
  readonly command: (...args: string[]) => string
  /** Ends at once, as in a power failure. */
  readonly kill: () => Promise<void>
}

/** Whether this machine has Redis. It warns if not, because its tests are then skipped. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'])
    return true
  } catch {
    console.warn('Skipped: redis-server is not installed; on Debian: apt-get install redis-server')
    return false
  }
}

export async function startRedis(...options: string[]): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'apikley-redis-'))
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', [...args, '--dir', folder, ...options], { stdio: 'ignore' })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  const command = (...words: string[]): string =>
    execFileSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8', stdio: 'pipe' })
  const isReady = (): boolean => {
    try {
      return command('ping').startsWith('PONG')
    } catch {
      return false
    }
  }
  const until = Date.now() + 10_000
  while (!isReady()) {
    if (server.exitCode !== null || Date.now() > until) {
      throw new Error(`redis-server did not start on port ${port}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    async kill() {
      server.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Three nodes that share the slots. */
export async function startCluster(): Promise<RedisServer[]> {
  const nodes = await Promise.all(
    Array.from({ length: 3 }, () => startRedis('--cluster-enabled', 'yes')),
  )
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'])
  while (nodes.some(({ command }) => !command('cluster', 'info').includes('cluster_state:ok'))) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return nodes
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  // The bus of a cluster is 10,000 above.
  return port > 55_000 ? port - 20_000 : port
}
