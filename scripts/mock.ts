// `pnpm mock [--port N]`: serves the compiled document with Prism until it is stopped.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './spec/cli.ts'
import { startPrism } from 'test-kit/prism'

const usage = `Usage: pnpm mock [--port N]
Serves the compiled document with Prism on 127.0.0.1 until it is stopped. Port: 4010 unless given; 0 takes a free one.`

await run(usage, async () => {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '4010' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    return console.log(usage)
  }
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    return fail(`--port takes a number from 0 to 65535, not ${values.port}`)
  }
  try {
    const { url, stop } = await startPrism(join(import.meta.dirname, '../specs/openapi.yaml'), {
      port,
      verbose: true,
    })
    console.log(`The mock of the Apikley API listens on ${url}`)
    console.log(`createApikley({ apiKey: 'any', baseUrl: '${url}', uploadUrl: '${url}' })`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void stop())
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    fail(
      said.includes('EADDRINUSE')
        ? `Port ${port} is taken. Choose another: pnpm mock --port 4011`
        : said,
    )
  }
})

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}
