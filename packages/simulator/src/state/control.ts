import { readDefined } from '../read-scenario.ts'
import type { Fault, GivenTask, Outcome } from '../scenario.ts'
import type { State } from './state.ts'
import { failedEnd } from './task.ts'
import type { Tasks } from './tasks.ts'

export interface Control {
  /**
   * Adds faults behind the pending ones. Each strikes once unless it says otherwise.
   *
   * @throws {TypeError} when a fault is not valid, with the place that is wrong
   */
  addFaults(...faults: Fault[]): void
  clearFaults(): void
  /** The faults that are not used up. */
  readonly faults: readonly Fault[]
  /** Adds outcomes for tasks that will be created. @throws {TypeError} */
  addOutcomes(...outcomes: Outcome[]): void
  clearOutcomes(): void
  /** The balance. It can be set. */
  credits: number
  addTask(task: GivenTask): void
  /**
   * Deletes requests, tasks and their callbacks, files, faults, outcomes and the counts of the rate
   * limits. Credits and time stay as they are.
   */
  reset(): void
}

export function createControl(state: State, tasks: Tasks, isServer: boolean): Control {
  const { clock, account, faults, outcomes } = state
  return {
    addFaults(...added) {
      const read = readDefined('faults', added)
      if (isServer && read.some(({ fault }) => fault === 'refuse')) {
        throw new TypeError(
          'A listening server cannot refuse a connection: use the fault reset, or a port where nothing listens',
        )
      }
      faults.add(...read)
    },
    clearFaults: () => faults.clear(),
    get faults() {
      return faults.pending
    },
    addOutcomes: (...added) => outcomes.add(...readDefined('outcomes', added)),
    clearOutcomes: () => outcomes.clear(),
    get credits() {
      return account.balance
    },
    set credits(value) {
      account.balance = value
    },
    addTask(given) {
      const { taskId, model = 'ideogram/v3-reframe', input = {}, state = 'success' } = given
      const { result = { resultUrls: [] }, failCode, failMsg } = given
      const now = clock.now()
      const endsAt = state === 'stuck' ? Number.POSITIVE_INFINITY : now
      const { resultUrls } = result
      const urls = Array.isArray(resultUrls)
        ? resultUrls.filter((url) => typeof url === 'string')
        : []
      tasks.put(
        {
          taskId,
          model,
          request: { model, input },
          createTime: now,
          visibleAt: now,
          endsAt,
          price: 0,
          callback: 'never',
          redact: (text) => text,
          rendering: undefined,
          end:
            state === 'fail'
              ? failedEnd(endsAt, failCode, failMsg)
              : { state: 'success', result, completeTime: endsAt },
        },
        urls,
      )
    },
    reset() {
      const { files, journal, creates, reads } = state
      for (const part of [faults, outcomes, tasks, files, journal, creates, reads]) {
        part.clear()
      }
    },
  }
}
