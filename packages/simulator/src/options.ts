import type { ModelId } from '@apikley/types'
import type { Clock } from './clock.ts'
import type { JsonObject } from './document.ts'
import type { Scenario } from './scenario.ts'

/** A scenario, and the options that JSON cannot express. Everything is optional. */
export interface SimulatorOptions<Time extends Clock> extends Scenario {
  /** Default: the system's clock, which `clock.advance(ms)` sets forward. */
  readonly clock?: Time
  /** Makes the files of a task. Default: a small file of the model's kind of result. */
  readonly render?: Render
  readonly callbacks?: CallbackOptions
  /** Fetches the file of a URL upload. Default: the platform's `fetch`, from loopback only. */
  readonly fetchFile?: (url: string, init: RequestInit) => Promise<Response>
  /** Origins whose pages may call. The service itself documents no CORS. Default: none. */
  readonly cors?: readonly string[]
}

export interface CallbackOptions {
  /** The secret that signs callbacks. Default: callbacks are not signed. */
  readonly secret?: string
  /** Decides which URLs callbacks are posted to. Default: loopback only. */
  readonly allow?: (url: URL) => boolean
  /** Posts callbacks, for instance to a handler in process. Default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/**
 * Makes the files of a task. Called once, when the task is accepted. Without a result, the task has
 * the default files. An error makes the task fail with its message.
 */
export type Render = (
  job: RenderJob,
) => Promise<readonly RenderedFile[] | undefined> | readonly RenderedFile[] | undefined

export interface RenderJob {
  readonly taskId: string
  readonly model: ModelId | (string & {})
  readonly input: JsonObject
  /** A file that was uploaded to this simulator, by its URL. `undefined` when it is unknown. */
  read(url: string): RenderedFile | undefined
}

export interface RenderedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** For instance `image/png`. */
  readonly mimeType: string
}
