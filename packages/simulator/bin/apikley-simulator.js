#!/usr/bin/env node
import { main } from '../dist/command.js'

const server = await main(process.argv.slice(2), { print: console.log, printError: console.error })
if (server) {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => void server.stop())
  }
}
