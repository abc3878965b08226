import type { Credits } from './account.ts'
import type { DownloadUrl, Save } from './files/save.ts'
import type { Upload, UploadFromUrl } from './files/upload.ts'
import { resolveOptions, type ApikleyOptions } from './options.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import type { CreateTask } from './tasks/create.ts'
import type { GetTask } from './tasks/get.ts'
import type { PollingHistory } from './tasks/history.ts'
import type { Run } from './tasks/run.ts'
import type { Task } from './tasks/task.ts'
import type { WaitForTask } from './tasks/wait.ts'
import type { WatchTask } from './tasks/watch.ts'
import { createApi } from './transport/api.ts'
import type { TransportConfig } from './transport/fetch.ts'
import type { OperationClient } from './transport/send.ts'

/** A client of the Apikley API. Every method can be taken off it and passed on. */
export interface Apikley extends OperationClient {
  /**
   * Creates a task, waits for it and gives its result. Blobs and Files in the input are uploaded
   * first.
   *
   * @throws {ApikleyError} `task-failed`, `timeout` (with the id of a task that still runs),
   *   `unconfirmed`, or why it was refused
   * @example
   * const { urls } = await apikley.run('ideogram/v3-reframe', { image_url: file, image_size: 'square_hd' })
   */
  readonly run: Run
  readonly tasks: {
    /**
     * Creates a task, once, and gives its id. It is charged when it is accepted. Requests beyond 20
     * in 10 s wait for their turn.
     *
     * @throws {ApikleyError} `unconfirmed` when nobody can tell whether it was accepted;
     *   `invalid-input` before anything is sent; or why it was refused
     * @example
     * const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', { image_url, image_size: 'square_hd' })
     */
    readonly create: CreateTask
    /**
     * Looks at a task, once.
     *
     * @throws {ApikleyError} `not-found`, which a task may be for some seconds after it was created
     * @example
     * const { state, urls } = await apikley.tasks.get(taskId)
     */
    readonly get: GetTask
    /**
     * Waits until a task has succeeded: any task of the account, in any process, at any time. Looks
     * at it every 2 to 3 s at first, every 15 to 30 s after 2 min, as Apikley documents; and when
     * tasks of its model usually end, once this client has seen some. Waits for the same task share
     * the looks, all waits share the limit for reads, and a task that has ended is not looked at
     * again, as long as it is among the last 1,000.
     *
     * @throws {ApikleyError} `task-failed` with `failCode` and `failMsg`; `timeout` after 15 min,
     *   or what `timeout` says in ms; `not-found` after 90 s
     * @example
     * const { urls } = await apikley.tasks.wait(taskId, { timeout: 60_000 })
     */
    readonly wait: WaitForTask
    /**
     * The task each time its state has changed, the last time when it has ended.
     *
     * @throws {ApikleyError} when it cannot be looked at any longer; a task that fails ends the
     *   loop like one that succeeds
     * @example
     * for await (const { state } of apikley.tasks.watch(taskId)) console.log(state)
     */
    readonly watch: WatchTask
    /**
     * Tells those who wait for a task that it has ended, when that was learned elsewhere, as from a
     * callback. Takes what the `tasks.get` of any client gives, and this client's own tells it by
     * itself; a task that goes on, or that was known to have ended, changes nothing.
     *
     * Given the id alone, it has the task looked at next: at once, or `polling.minInterval` after
     * the last look.
     *
     * @example
     * apikley.tasks.notify(await other.tasks.get(taskId))
     */
    readonly notify: (task: Task | string) => void
    /**
     * How long tasks took, model by model: by this, waits are timed. Plain data, for
     * `polling.history` of a later client.
     *
     * @example
     * await writeFile('history.json', JSON.stringify(apikley.tasks.pollingHistory()))
     */
    readonly pollingHistory: () => PollingHistory
  }
  readonly files: {
    /**
     * Uploads a file. The service keeps it for about 3 days. It costs nothing, and is sent again
     * where that may help.
     *
     * @throws {ApikleyError}
     * @example
     * const { url } = await apikley.files.upload(file)
     */
    readonly upload: Upload
    /**
     * Has the service fetch a file from a public address, within 30 s.
     *
     * @throws {ApikleyError} `invalid-input` for what is no address
     * @example
     * const { url } = await apikley.files.uploadFromUrl('https://files.example.com/cat.png')
     */
    readonly uploadFromUrl: UploadFromUrl
    /**
     * A link to a result that works across origins, for 20 minutes. Only for files that the service
     * made.
     *
     * @throws {ApikleyError} `rejected` for another file
     * @example
     * const link = await apikley.files.downloadUrl(urls[0])
     */
    readonly downloadUrl: DownloadUrl
    /**
     * Downloads a result into a file, into a web stream, or as a Blob, again after what may pass.
     * Results expire, usually after a day.
     *
     * @throws {ApikleyError} `not-found` when it is gone; `configuration` when the file cannot be
     *   written; `connection` when it broke off
     * @example
     * await apikley.files.save(urls[0], 'wide.webp')
     */
    readonly save: Save
  }
  /**
   * The balance. It may be fractional.
   *
   * @throws {ApikleyError}
   * @example
   * if ((await apikley.credits()) < 10) topUp()
   */
  readonly credits: Credits
}

/** What a client does, beside being one for the generated operations. */
export type Methods = Omit<Apikley, keyof OperationClient>

/**
 * What differs between a program, which has all of a client from the start, and a page, which loads
 * most of it when it is needed.
 */
export interface Parts {
  /** The environment variable that the key is taken from, where there is an environment. */
  readonly keyVariable: string | undefined
  readonly createMethods: (client: OperationClient, options: ApikleyOptions) => Methods
  /** What is called on `api` itself. */
  readonly createDirect: (config: TransportConfig) => (request: Request) => Promise<Response>
}

/** @throws {ApikleyError} `configuration` */
export function createClient(
  { keyVariable, createMethods, createDirect }: Parts,
  options: ApikleyOptions,
  runtime: Partial<Runtime>,
): Apikley {
  const config = resolveOptions(options, createRuntime(runtime), keyVariable)
  const client = createApi(config, createDirect(config))
  return { ...client, ...createMethods(client, options) }
}
