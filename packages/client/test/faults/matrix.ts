import { listen } from 'test-kit/listen'
import { startSimulator, type AcceptedTask } from '@apikley/simulator'
import { cells as allCells, type Cell } from './cells.ts'
import type { Report, Task } from './run-cells.ts'
import type { Runtime } from './runtimes.ts'

/** The result of one cell. */
export interface Row extends Report {
  readonly cell: Cell
  /** The number of tasks that the service charged. */
  readonly charged: number
  /** Whether the caller can find the charged task by its id or by its idempotency key. */
  readonly idKept: boolean
  readonly passed: boolean
}

export interface Matrix {
  readonly rows: readonly Row[]
  readonly unhandled: readonly string[]
}

/** Starts a proxy before a service. */
export type InFront = (
  cell: Cell,
  url: string,
) => Promise<{ readonly proxyUrl: string; stop(): Promise<void> }>

/** Runs cells in a runtime. Each has a service of its own with the faults of the cell. */
export async function runMatrix(
  runtime: Runtime,
  cells: readonly Cell[] = allCells,
  inFront?: InFront,
): Promise<Matrix> {
  const services = await Promise.all(
    cells.map(({ faults = [], outcomes = [] }) =>
      startSimulator({ faults, outcomes, latency: 30, invisibleFor: 0, callbacks: {} }),
    ),
  )
  const closed = await listen(() => {})
  await closed.stop()
  const proxies: Awaited<ReturnType<InFront>>[] = []
  try {
    const tasks: Task[] = []
    for (const [index, cell] of cells.entries()) {
      const url = cell.closed ? closed.url : (services[index]?.url ?? '')
      const proxy = await inFront?.(cell, url)
      proxies.push(...(proxy ? [proxy] : []))
      tasks.push({ cell, ...(proxy ? { proxyUrl: proxy.proxyUrl } : { url }) })
    }
    const { reports, unhandled } = await runtime(tasks)
    const rows = cells.flatMap((cell, index) => {
      const [report, service] = [reports[index], services[index]]
      return report && service ? [judge(cell, report, service.journal.tasks)] : []
    })
    return { rows, unhandled }
  } finally {
    await Promise.all([...proxies, ...services].map(({ stop }) => stop()))
  }
}

function judge(cell: Cell, report: Report, tasks: readonly AcceptedTask[]): Row {
  const { taskId, created, idempotencyKey } = report
  const [task] = tasks
  const charged = tasks.length
  const idKept = !task || isFound(task, [taskId, created], [idempotencyKey])
  const isDenied = charged > 0 && report.charge === 'none'
  const isExpected =
    charged === cell.charged && [cell.ends].flat().includes(report.ends) && !isDenied
  return { ...report, cell, charged, idKept, passed: isExpected && idKept && report.timers === 0 }
}

/** Whether ids or idempotency keys of a caller name a task. The handles of a proxy are signed ids. */
export function isFound(
  task: AcceptedTask,
  ids: readonly (string | undefined)[],
  keys: readonly (string | undefined)[],
): boolean {
  const isKeyed = task.idempotencyKey !== undefined && keys.includes(task.idempotencyKey)
  return isKeyed || ids.some((id) => id?.replace(/\..*$/, '') === task.taskId)
}

export function printMatrix({ rows, unhandled }: Matrix): void {
  console.table(
    rows.map(({ cell, charged, ends, idKept, timers, passed }) => {
      const { call, name } = cell
      return { call, fault: name, charged, ends, idKept, timers, passed }
    }),
  )
  const failed = rows.filter(({ passed }) => !passed).length
  console.log(`${rows.length} cells, ${failed} failed, ${unhandled.length} unhandled rejections`)
  console.log(unhandled.join('\n'))
}
