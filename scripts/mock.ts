// `pnpm mock [--port N]`: serves the compiled document with Prism until it is stopped.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPrism } from './prism.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4010' } } })
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port takes a number from 0 to 65535, not ${values.port}`)
  process.exit(1)
}

try {
  const { url, stop } = await startPrism(join(import.meta.dirname, '../specs/openapi.yaml'), { port, verbose: true })
  console.log(`The mock of the Apikley API listens on ${url}`)
  console.log(`createApikley({ apiKey: 'any', baseUrl: '${url}', uploadUrl: '${url}' })`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
} catch (error) {
  const said = error instanceof Error ? error.message : String(error)
  console.error(said.includes('EADDRINUSE') ? `Port ${port} is taken. Choose another: pnpm mock --port 4011` : said)
  process.exitCode = 1
}
