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
   * @throws {ApikleyError} see its kinds; `timeout` carries the id of a task that still runs
   * @example
   * const { urls } = await apikley.run('ideogram/v3-reframe', { image_url: file, image_size: 'square_hd' })
   */
  readonly run: Run
  readonly tasks: {
    /** Creates a task, once, and gives its id. It is charged when it is accepted. */
    readonly create: CreateTask
    /** Looks at a task, once. */
    readonly get: GetTask
    /** Waits until a task has succeeded: any task of the account, in any process, at any time. */
    readonly wait: WaitForTask
    /** `for await (const task of tasks.watch(id))`: the task each time its state has changed. */
    readonly watch: WatchTask
  }
  readonly files: {
    /** Uploads a file. The service keeps it for about 3 days. */
    readonly upload: Upload
    /** Has the service fetch a file from a public address. */
    readonly uploadFromUrl: UploadFromUrl
    /** A link to a result that works across origins, for 20 minutes. */
    readonly downloadUrl: DownloadUrl
    /** Downloads a result into a file, or as a Blob. */
    readonly save: Save
  }
  /** The balance. */
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
  const transport = resolveOptions(options, createRuntime(runtime))
  const { clock, random, minInterval } = transport
  const client: OperationClient = { api: createApi(transport), transport }

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
