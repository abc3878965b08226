import type { Fault } from './faults/fault.ts'
import type { JsonObject } from './document.ts'
import { readFaults, readOutcomes } from './scenario-schema.ts'
import type { Service } from './service.ts'
import type { Rules } from './strikes.ts'
import type { Outcome } from './tasks/outcome.ts'

/** A task that is there without having been bought. */
export interface GivenTask {
  readonly taskId: string
  /** Default: `ideogram/v3-reframe`. */
  readonly model?: string
  readonly input?: JsonObject
  /** Default: `success`. */
  readonly state?: 'success' | 'fail' | 'stuck'
  /** What `resultJson` holds. Default: no addresses. */
  readonly result?: JsonObject
  readonly failCode?: string
  readonly failMsg?: string
}

export interface Control {
  /**
   * Adds faults behind those that are there. Each strikes once unless it says otherwise.
   *
   * @throws {TypeError} when one is none, with the place that is wrong
   */
  addFaults(...faults: Fault[]): void
  clearFaults(): void
  /** Faults that have not struck as often as they should. */
  readonly faults: readonly Fault[]
  /** Adds outcomes for tasks that will be created. @throws {TypeError} */
  addOutcomes(...outcomes: Outcome[]): void
  clearOutcomes(): void
  /** The balance; it can be set. */
  credits: number
  addTask(task: GivenTask): void
  /**
   * Forgets requests, tasks and their callbacks, files, faults, outcomes and what counts towards a
   * rate limit. Credits and time stay as they are.
   */
  reset(): void
}

export function createControl(
  service: Service,
  faults: Rules<Fault>,
  outcomes: Rules<Outcome>,
): Control {
  const { clock, ledger, tasks, files, journal } = service
  return {
    addFaults(...added) {
      const read = readFaults(added)
      if (service.face === 'server' && read.some(({ fault }) => fault === 'refuse')) {
        throw new TypeError(
          'A server that listens cannot refuse a connection: use the fault reset, or a port where nothing listens',
        )
      }
      faults.add(...read)
    },
    clearFaults: () => faults.clear(),
    get faults() {
      return faults.left
    },
    addOutcomes: (...added) => outcomes.add(...readOutcomes(added)),
    clearOutcomes: () => outcomes.clear(),
    get credits() {
      return ledger.balance
    },
    set credits(value) {
      ledger.balance = value
    },
    addTask({
      taskId,
      model = 'ideogram/v3-reframe',
      input = {},
      state = 'success',
      result,
      failCode = '500',
      failMsg = 'Internal server error',
    }) {
      const now = clock.now()
      const endsAt = state === 'stuck' ? Number.POSITIVE_INFINITY : now
      const given: JsonObject = result ?? { resultUrls: [] }
      const urls = Array.isArray(given.resultUrls)
        ? given.resultUrls.filter((url) => typeof url === 'string')
        : []
      const end =
        state === 'fail'
          ? ({ state: 'fail', failCode, failMsg, completeTime: endsAt } as const)
          : ({ state: 'success', result: given, completeTime: endsAt } as const)
      const task = {
        taskId,
        model,
        request: { model, input },
        createTime: now,
        visibleAt: now,
        endsAt,
        price: 0,
        rendering: undefined,
        redact: (text: string) => text,
        end,
      }
      tasks.put({ ...task, callback: 'never' }, urls)
    },
    reset() {
      faults.clear()
      outcomes.clear()
      tasks.clear()
      files.clear()
      journal.clear()
      service.room.clear()
    },
  }
}
