import { createServer } from 'node:net'
import { startSimulator } from '@apikley/simulator'
import { cells as allCells, type Cell } from './cells.ts'
import type { Report, Task } from './run-cells.ts'
import type { Runtime } from './runtimes.ts'

/** One line of the table. */
export interface Row extends Report {
  readonly cell: Cell
  /** How many tasks the service has accepted. */
  readonly bought: number
  /**
   * Whether the task that was bought can be found again: by its id, or by the name of the attempt.
   * Nothing was bought: nothing is lost.
   */
  readonly idKept: boolean
  readonly passed: boolean
}

export interface Matrix {
  readonly rows: readonly Row[]
  readonly unhandled: readonly string[]
}

/** What stands between a client and a service: a proxy with an address of its own. */
export type InFront = (
  cell: Cell,
  url: string,
) => Promise<{ readonly proxyUrl: string; stop(): Promise<void> }>

/** Runs cells in a runtime, each against a service of its own that is spoiled in its way. */
export async function runMatrix(
  runtime: Runtime,
  cells: readonly Cell[] = allCells,
  inFront?: InFront,
): Promise<Matrix> {
  const services = await Promise.all(
    cells.map(({ faults = [], outcomes = [] }) =>
      startSimulator({
        faults,
        outcomes,
        latency: 30,
        invisibleFor: 0,
        callbacks: {},
      }),
    ),
  )
  const proxies: Awaited<ReturnType<InFront>>[] = []
  try {
    const closed = await closedPort()
    const tasks: Task[] = []
    for (const [index, cell] of cells.entries()) {
      const { name, call, reused, skew, timesOut } = cell
      const url = cell.closed ? `http://127.0.0.1:${closed}` : (services[index]?.url ?? '')
      const proxy = await inFront?.(cell, url)
      if (proxy) {
        proxies.push(proxy)
      }
      const where = proxy ? { proxyUrl: proxy.proxyUrl } : { url }
      tasks.push({
        name,
        call,
        ...(reused ? { reused } : {}),
        ...(timesOut ? { timesOut } : {}),
        ...(skew === undefined ? {} : { skew }),
        ...where,
      })
    }
    const { reports, unhandled } = await runtime(tasks)
    const rows = cells.flatMap((cell, index) => {
      const [report, service] = [reports[index], services[index]]
      return report && service ? [judge(cell, report, service.journal)] : []
    })
    return { rows, unhandled }
  } finally {
    await Promise.all([...proxies, ...services].map(({ stop }) => stop()))
  }
}

type Journal = Awaited<ReturnType<typeof startSimulator>>['journal']

function judge(cell: Cell, report: Report, journal: Journal): Row {
  const { bought } = journal
  const [task] = journal.tasks
  const idKept =
    !task ||
    idOf(report.taskId) === task.taskId ||
    idOf(report.created) === task.taskId ||
    (report.attemptId !== undefined && report.attemptId === task.attemptId)
  const ends = typeof cell.ends === 'string' ? [cell.ends] : cell.ends
  return {
    ...report,
    cell,
    bought,
    idKept,
    passed: bought === cell.bought && ends.includes(report.ends) && idKept && report.timers === 0,
  }
}

/** Of a proxy's handle, which is the id and a signature. */
const idOf = (taskId: string | undefined): string | undefined => taskId?.replace(/\..*$/, '')

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
