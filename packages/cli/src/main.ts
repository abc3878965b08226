import { processHost } from './host.ts'
import { version } from './version.ts'

/** Runs the command of the process. The version loads nothing else. */
export async function start(): Promise<void> {
  const host = processHost()
  if (host.args[0] === '--version') {
    host.stdout.write(`${version()}\n`)
    return
  }
  const { main } = await import('./command.ts')
  process.exitCode = await main(host)
}
