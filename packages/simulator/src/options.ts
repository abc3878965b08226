import type { Clock } from './clock.ts'
import type { Scenario } from './scenario.ts'
import type { CallbackOptions } from './tasks/callbacks.ts'
import type { Render } from './tasks/render.ts'

/** Everything is optional. What is data stands in {@link Scenario}; this is what a program adds. */
export interface SimulatorOptions<Time extends Clock> extends Scenario {
  /** Default: the system's clock, which `clock.advance(ms)` sets forward. */
  readonly clock?: Time
  /** Makes the files of a task. Default: a GIF of one pixel for each. */
  readonly render?: Render
  /**
   * What the addresses of files begin with. Default: `http://simulator.localhost`; of a server, its
   * own address.
   */
  readonly origin?: string
  readonly callbacks?: CallbackOptions
  /**
   * How the file of a URL upload is fetched. Default: the platform's `fetch`, from loopback only.
   */
  readonly fetchFile?: (url: string, init: RequestInit) => Promise<Response>
  /** How many requests and tasks are remembered; older ones are forgotten. Default: 10,000. */
  readonly history?: number
  /** How many bytes of files are kept in memory; the oldest make room. Default: 256 MiB. */
  readonly capacity?: number
  /** Origins that pages may call from; the service itself documents no CORS. Default: none. */
  readonly cors?: '*' | readonly string[]
  /**
   * Holds every answer and callback to the document: throws for an answer that differs, and does
   * not post such a callback. For the tests of the simulator itself. Default: false.
   */
  readonly check?: boolean
}

/** The largest file that is taken, in bytes (documented for uploads from a URL). */
export const largestFile: number = 100 * 2 ** 20

/** The largest JSON body, in bytes: a file of 10 MB in base64, and some more. */
export const largestJson: number = 16 * 2 ** 20

export const minute: number = 60_000
export const day: number = 24 * 60 * minute
