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
  /** Adds outcomes for tasks that will be created. @throws {TypeError} */
  addOutcomes(...outcomes: Outcome[]): void
  addTask(task: GivenTask): void
  /**
   * Deletes requests, tasks and their callbacks, files, faults, outcomes and the counts of the rate
   * limits. Credits and time stay as they are.
   */
  reset(): void
}

export function createControl(state: State, tasks: Tasks): Control {
  const { clock, faults, outcomes } = state
  return {
    addFaults: (...added) => faults.add(...readDefined('faults', added)),
    addOutcomes: (...added) => outcomes.add(...readDefined('outcomes', added)),
    addTask(given) {
      const { taskId, model = 'ideogram/v3-reframe', input = {}, state = 'success' } = given
      const { failCode, failMsg } = given
      const { result = tasks.sample(model, { model, input }, taskId) } = given
      const now = clock.now()
      const endsAt = state === 'stuck' ? Number.POSITIVE_INFINITY : now
      tasks.add({
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
      })
    },
    reset() {
      const { files, journal, creates, reads } = state
      for (const part of [faults, outcomes, tasks, files, journal, creates, reads]) {
        part.clear()
      }
    },
  }
}
