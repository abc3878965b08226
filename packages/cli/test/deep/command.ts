// The command in a process of its own, on a fast clock: `node command.ts FACTOR START ARGUMENTS…`.
import { main } from '../../src/command.ts'
import { processHost } from '../../src/host.ts'
import { fastClock } from './fast-clock.ts'

const [factor, start, ...args] = process.argv.slice(2)
const clock = fastClock(Number(factor), Number(start))
process.exitCode = await main({ ...processHost(), args, runtime: { clock } })
