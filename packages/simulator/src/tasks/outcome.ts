import type { Strikes } from '../strikes.ts'

/**
 * How a task goes, as data. A task gets the first outcome that matches and is not used up; without
 * one it succeeds.
 */
export interface Outcome extends Strikes {
  /** A model id. Default: any. */
  readonly model?: string
  /** How many tasks that match are left alone first. Default: 0. */
  readonly skip?: number
  /** How many tasks it is for. Default: 1. */
  readonly times?: number | 'always'
  /** How likely it is taken, from 0 to 1; drawn from the seed. Default: 1. */
  readonly chance?: number
  /** `stuck` never ends. Default: `success`. */
  readonly state?: 'success' | 'fail' | 'stuck'
  /** How long the task takes, in ms, or a range. Default: the scenario's. */
  readonly latency?: number | readonly [least: number, most: number]
  /**
   * How long the task stays unknown after createTask, in ms. Default: see `invisibleFor` of the
   * behaviour.
   */
  readonly invisibleFor?: number
  /** Default: `"500"` for a task that fails. */
  readonly failCode?: string
  readonly failMsg?: string
  /**
   * What `resultJson` holds, for instance `{ "resultObject": { "text": "…" } }`. Default:
   * `resultUrls` of files that can be downloaded.
   */
  readonly result?: Readonly<Record<string, unknown>>
  readonly callback?: CallbackFate
}

/**
 * What becomes of the callback, where the task has a `callBackUrl`: posted when the task has ended
 * (`once`, the default), a second time (`twice`), held back until another task's callback has been
 * delivered (`reordered`), posted before createTask has answered (`early`; the task then takes no
 * time), not at all (`never`), so many ms late, or with other data in it.
 */
export type CallbackFate =
  | 'once'
  | 'twice'
  | 'reordered'
  | 'early'
  | 'never'
  | { readonly late: number }
  | { readonly altered: Readonly<Record<string, unknown>> }
