import type { ModelFileInput, ModelId } from '@apikley/types'

/** What a component can tell a run to do. */
export interface RunControls<M extends ModelId> {
  /** Starts a run. While one is pending it does nothing, so a double click buys one task. */
  readonly run: (input: ModelFileInput<M>) => void
  /**
   * Waits again for the task that was stopped or whose wait has ended; or for any task, by its id.
   * After `unconfirmed` it sends the same attempt again, as a repeat, if there is a proxy: one that
   * knows it gives its task, one that does not answers `unconfirmed` again, unless it has a store,
   * by which it can tell that the attempt never came. So no second task is bought. While a run is
   * pending, or where there is nothing to resume, it does nothing.
   */
  readonly resume: (taskId?: string) => void
  /**
   * Stops waiting: back to idle, with the id for `resume`. Nothing can be cancelled: a task that
   * was bought, or is just being sent, goes on and is charged. Only an upload is called off, and
   * then nothing is bought.
   */
  readonly stop: () => void
  /**
   * Forgets the run, also under its `persistKey`, and goes back to idle. Cancels as little as
   * `stop`.
   */
  readonly reset: () => void
}
