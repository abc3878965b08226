// `pnpm mock [--port N]`: serves the compiled document with Prism until it is stopped.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPrism } from 'test-kit/prism'
import { run } from './spec/cli.ts'
import { assertSpec, SpecError } from './spec/compile/json.ts'

const usage = `Usage: pnpm mock [--port N]
Serves the compiled document with Prism on 127.0.0.1 until it is stopped. Port: 4010 unless given; 0 takes a free one.`

await run(usage, async () => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '4010' } } })
  const port = Number(values.port)
  assertSpec(
    /^\d+$/.test(values.port) && port <= 65_535,
    `--port takes a number from 0 to 65535, not ${values.port}`,
  )
  const document = join(import.meta.dirname, '../specs/openapi.yaml')
  const { url, stop } = await startPrism(document, { port, verbose: true }).catch((error) => {
    const isTaken = String(error).includes('EADDRINUSE')
    throw isTaken
      ? new SpecError(`Port ${port} is taken. Choose another: pnpm mock --port 4011`)
      : error
  })
  console.log(`The mock of the Apikley API listens on ${url}`)
  console.log(
    `createApikley({ apiKey: 'any-long-key-will-do', baseUrl: '${url}', uploadUrl: '${url}' })`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stop())
  }
})
