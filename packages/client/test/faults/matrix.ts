import { listen, type Listening } from 'test-kit/listen'
import { startSimulator, type AcceptedTask } from '@apikley/simulator'
import { cells, type Cell } from './cells.ts'
import { faultsOnTheWay, isOnTheWay } from './faults-on-the-way.ts'
import type { Way } from './proxies.ts'
import type { Report, Task } from './run-cells.ts'
import { serveHere, type Runtime, type Serve } from './runtimes.ts'

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

/**
 * Nothing listens here. No server with a free port gets one below 1024, and `fetch` does not block
 * this one.
 */
const CLOSED_URL = 'http://127.0.0.1:1023'

/** The cells of a way. The network before a proxy causes only some of the faults. */
export function cellsOf(way: Way): readonly Cell[] {
  return way === 'faults before the proxy' ? cells.filter(isOnTheWay).map(beforeProxy) : cells
}

/** The proxy knows what became of a create, also where the service does not. */
function beforeProxy(cell: Cell): Cell {
  if (cell.ends === 'unconfirmed') {
    return { ...cell, ends: cell.charged > 0 ? 'value' : 'connection' }
  }
  // An answer to a read that is not from the proxy is a wrong configuration.
  return cell.name === 'code 401' ? { ...cell, ends: 'configuration' } : cell
}

/**
 * Runs the cells of a way with a client in a runtime. Each cell has a service of its own. All
 * connections are real.
 *
 * @param serve serves the proxies
 */
export async function runMatrix(
  way: Way,
  { run }: Pick<Runtime, 'run'>,
  serve: Serve = serveHere,
): Promise<Matrix> {
  const given = cellsOf(way)
  const isBefore = way === 'faults before the proxy'
  await using started = new AsyncDisposableStack()
  const keep = <Server extends Listening>(server: Server): Server =>
    started.adopt(server, ({ stop }) => stop())
  const served = await Promise.all(
    given.map(async (cell) => {
      const { faults = [], outcomes = [] } = cell
      const scenario = { outcomes, latency: 30, invisibleFor: 0, callbacks: {} }
      const service = await startSimulator({ ...scenario, faults: isBefore ? [] : faults })
      return { cell, service: keep(service) }
    }),
  )
  const targets = served.map(({ cell, service }) => ({
    cell,
    url: cell.closed ? CLOSED_URL : service.url,
  }))
  let tasks: Task[] = targets
  if (way !== 'no proxy') {
    const { url } = keep(await serve({ way, targets }))
    tasks = await Promise.all(
      given.map(async (cell, index) => {
        const front = isBefore && keep(await listen(faultsOnTheWay(cell.faults ?? [], url)))
        return { cell, proxyUrl: `${front ? front.url : url}/${index}` }
      }),
    )
  }
  const { reports, unhandled } = await run(tasks)
  const rows = served.flatMap(({ cell, service }, index) => {
    const report = reports[index]
    return report ? [judge(cell, report, service.journal.tasks)] : []
  })
  return { rows, unhandled }
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
