import type { SimulatedTask } from './task.ts'

/** The latest tasks; the oldest are forgotten, as the service forgets them after a while. */
export interface TaskStore {
  add(task: SimulatedTask): void
  get(taskId: string): SimulatedTask | undefined
  /** How many are running. */
  running(now: number): number
  clear(): void
}

export function createTaskStore(history: number): TaskStore {
  const tasks = new Map<string, SimulatedTask>()
  return {
    add(task) {
      tasks.set(task.taskId, task)
      for (const oldest of tasks.keys()) {
        if (tasks.size <= history) {
          break
        }
        tasks.delete(oldest)
      }
    },
    get: (taskId) => tasks.get(taskId),
    running(now) {
      let count = 0
      for (const { endsAt, rendering } of tasks.values()) {
        if (endsAt > now || rendering) {
          count++
        }
      }
      return count
    },
    clear: () => tasks.clear(),
  }
}
