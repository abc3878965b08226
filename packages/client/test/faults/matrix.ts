import { createServer } from 'node:net'
import { startSimulator } from '@apikley/simulator'
import { cells, type Cell } from './cells.ts'
import type { Report, Task } from './run-cells.ts'
import type { Runtime } from './runtimes.ts'

/** One line of the table. */
export interface Row extends Report {
  readonly cell: Cell
  /** How many tasks the service has accepted. */
  readonly bought: number
  /** Whether the task that was bought can be found again: by its id, or by the name of the attempt. Nothing was bought: nothing is lost. */
  readonly idKept: boolean
  readonly passed: boolean
}

export interface Matrix {
  readonly rows: readonly Row[]
  readonly unhandled: readonly string[]
}

/** Runs every cell in a runtime, against a service of its own that is spoiled in its way. */
export async function runMatrix(runtime: Runtime): Promise<Matrix> {
  const services = await Promise.all(
    cells.map(({ faults = [], outcomes = [] }) =>
      startSimulator({ faults, outcomes, latency: 30, behaviour: { invisibleFor: 0 }, callbacks: {}, check: true }),
    ),
  )
  try {
    const closed = await closedPort()
    const tasks = cells.map(({ name, call, reused, skew, closed: nobody }, index): Task => ({
      name,
      call,
      ...(reused ? { reused } : {}),
      ...(skew === undefined ? {} : { skew }),
      url: nobody ? `http://127.0.0.1:${closed}` : (services[index]?.url ?? ''),
    }))
    const { reports, unhandled } = await runtime(tasks)
    const rows = cells.flatMap((cell, index) => {
      const [report, service] = [reports[index], services[index]]
      return report && service ? [judge(cell, report, service.journal)] : []
    })
    return { rows, unhandled }
  } finally {
    await Promise.all(services.map(({ stop }) => stop()))
  }
}

type Journal = Awaited<ReturnType<typeof startSimulator>>['journal']

function judge(cell: Cell, report: Report, journal: Journal): Row {
  const { bought } = journal
  const [task] = journal.tasks
  const idKept =
    !task ||
    report.taskId === task.taskId ||
    report.created === task.taskId ||
    (report.attemptId !== undefined && report.attemptId === task.attemptId)
  const ends = typeof cell.ends === 'string' ? [cell.ends] : cell.ends
  return { ...report, cell, bought, idKept, passed: bought === cell.bought && ends.includes(report.ends) && idKept && report.timers === 0 }
}

/** A port at which nobody listens: one that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 9
}

export function printMatrix({ rows, unhandled }: Matrix): string {
  const lines = rows.map(({ cell, bought, ends, idKept, timers, passed }) =>
    [
      cell.call.padEnd(7),
      cell.name.padEnd(48),
      String(bought).padEnd(7),
      ends.padEnd(22),
      (idKept ? 'yes' : 'NO').padEnd(8),
      String(timers).padEnd(7),
      passed ? 'ok' : 'FAILED',
    ].join(' '),
  )
  const head = [
    'call'.padEnd(7),
    'fault'.padEnd(48),
    'bought'.padEnd(7),
    'ends in'.padEnd(22),
    'id kept'.padEnd(8),
    'timers'.padEnd(7),
  ].join(' ')
  const failed = rows.filter(({ passed }) => !passed).length
  return [
    head,
    ...lines,
    `${rows.length} cells, ${failed} failed, ${unhandled.length} unhandled rejections${unhandled.map((words) => `\n  ${words}`).join('')}`,
  ].join('\n')
}
