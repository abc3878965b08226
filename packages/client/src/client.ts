import { createCredits, type Credits } from './account.ts'
import { createDownloadUrl, createSave, type DownloadUrl, type Save } from './files/save.ts'
import { createUpload, createUploadFromUrl, type Upload, type UploadFromUrl } from './files/upload.ts'
import { resolveOptions, type ApikleyOptions } from './options.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import { createCreate, type CreateTask } from './tasks/create.ts'
import { createGet, type GetTask } from './tasks/get.ts'
import { createRun, type Run } from './tasks/run.ts'
import { createWait, type WaitForTask } from './tasks/wait.ts'
import { createWatch, type WatchTask } from './tasks/watch.ts'
import { createApi } from './transport/api.ts'
import type { OperationClient } from './transport/send.ts'

/** A client of the Apikley API. Every method can be taken off it and passed on. */
export interface Apikley extends OperationClient {
  /**
   * Creates a task, waits for it and gives its result. Blobs and Files in the input are uploaded first.
   *
   * @throws {ApikleyError} `task-failed`, `timeout` (with the id of a task that still runs), `unconfirmed`, or why it was refused
   * @example
   * const { urls } = await apikley.run('ideogram/v3-reframe', { image_url: file, image_size: 'square_hd' })
   */
  readonly run: Run
  readonly tasks: {
    /**
     * Creates a task, once, and gives its id. It is charged when it is accepted. Requests beyond 20 in 10 s wait for their turn.
     *
     * @throws {ApikleyError} `unconfirmed` when nobody can tell whether it was accepted; `invalid-input` before anything is sent; or why it was refused
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
     * Waits until a task has succeeded: any task of the account, in any process, at any time. Looks at it every 2 to 3 s at first, every 15 to 30 s
     * after 2 min, as Apikley documents.
     *
     * @throws {ApikleyError} `task-failed` with `failCode` and `failMsg`; `timeout` after 15 min, or what `timeout` says in ms; `not-found` after 90 s
     * @example
     * const { urls } = await apikley.tasks.wait(taskId, { timeout: 60_000 })
     */
    readonly wait: WaitForTask
    /**
     * The task each time its state has changed, the last time when it has ended.
     *
     * @throws {ApikleyError} when it cannot be looked at any longer; a task that fails ends the loop like one that succeeds
     * @example
     * for await (const { state } of apikley.tasks.watch(taskId)) console.log(state)
     */
    readonly watch: WatchTask
  }
  readonly files: {
    /**
     * Uploads a file. The service keeps it for about 3 days. It costs nothing, and is sent again where that may help.
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
     * A link to a result that works across origins, for 20 minutes. Only for files that the service made.
     *
     * @throws {ApikleyError} `rejected` for another file
     * @example
     * const link = await apikley.files.downloadUrl(urls[0])
     */
    readonly downloadUrl: DownloadUrl
    /**
     * Downloads a result into a file, or as a Blob. Results expire, usually after a day.
     *
     * @throws {ApikleyError} `connection` when it is gone or broke off; `configuration` when the file cannot be written
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

/**
 * Makes a client. Nothing is sent until it is used.
 *
 * @param runtime clock, randomness and environment, for tests
 * @throws {ApikleyError} `configuration`
 * @example
 * const apikley = createApikley() // APIKLEY_API_KEY
 */
export function createApikley(options: ApikleyOptions = {}, runtime: Partial<Runtime> = {}): Apikley {
  const client: OperationClient = createApi(resolveOptions(options, createRuntime(runtime)))
  const { transport } = client
  const { clock, random, minInterval } = transport

  const create = createCreate(client, options.models ?? [])
  const get = createGet(client)
  const watch = createWatch(get, { clock, random, minInterval })
  const wait = createWait(watch, transport)
  const upload = createUpload(client)
  const downloadUrl = createDownloadUrl(client)
  return {
    ...client,
    run: createRun(create, wait, upload, clock),
    tasks: { create, get, wait, watch },
    files: { upload, uploadFromUrl: createUploadFromUrl(client), downloadUrl, save: createSave(client, downloadUrl) },
    credits: createCredits(client),
  }
}
