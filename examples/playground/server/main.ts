// `pnpm playground [--port N] [--live]`
import { parseArgs } from 'node:util'
import { startPlayground, type Playground } from './playground.ts'

const usage = `Usage: pnpm playground [--port N] [--live]

  --port N   where the page is (default: 5180; 0 takes a free one)
  --live     use the real service, with the key in APIKLEY_API_KEY; every task costs credits`

const options = {
  port: { type: 'string', default: '5180' },
  live: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

try {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(usage)
  } else {
    const playground = await startPlayground({
      port: readPort(values.port),
      apiKey: values.live ? readKey() : undefined,
    })
    stopOnSignal(playground)
    if (values.live) {
      console.log('Using the real service. Every task costs credits.')
    }
    console.log(`${playground.url}\nCtrl-C stops it.`)
  }
} catch (error) {
  // What parseArgs, the client, Vite and the servers say is meant for the person at the terminal.
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function readPort(text: string): number {
  const port = Number(text)
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) {
    return port
  }
  throw new Error(`--port takes a number from 0 to 65535, not ${text}`)
}

function readKey(): string {
  const key = process.env.APIKLEY_API_KEY
  if (key) {
    return key
  }
  throw new Error(
    '--live needs a key. Set APIKLEY_API_KEY; keys are at https://app.apikley.ru/keys',
  )
}

function stopOnSignal(playground: Playground): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void playground.stop().then(() => process.exit(0))
    })
  }
}
