import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface LocalRedis {
  readonly url: string
  readonly stop: () => Promise<unknown>
}

/** Starts Redis for this run, with nothing on disk. */
export async function startRedis(port: number): Promise<LocalRedis> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit').catch(() => {
    throw new Error(
      'redis-server is not installed. Debian and Ubuntu: apt-get install redis-server. ' +
        'macOS: brew install redis. Or pass --redis with the URL of a server.',
    )
  })
  const isReady = async (): Promise<boolean> => {
    for await (const line of createInterface({ input: server.stdout })) {
      if (line.includes('Ready to accept connections')) {
        server.stdout.resume()
        return true
      }
    }
    return false
  }
  if ((await Promise.race([ended, isReady()])) !== true) {
    throw new Error(`redis-server did not start on port ${port}. Pass another --port.`)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    stop() {
      server.kill()
      return ended
    },
  }
}
