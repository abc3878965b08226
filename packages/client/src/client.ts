import { createDownloadUrl, createSave, type DownloadUrl, type Save } from './files/download.ts'
import {
  createUpload,
  createUploadFromUrl,
  type Upload,
  type UploadFromUrl,
} from './files/upload.ts'
import { getAccountCredits } from './generated/operations.ts'
import { createApi, type OperationClient } from './http/api.ts'
import type { Turn } from './http/rate-limit.ts'
import { resolveOptions, type ApikleyOptions } from './options.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import { CreateOnce } from './tasks/create-once.ts'
import { createCreate, type CreateTask } from './tasks/create.ts'
import { createGet, type GetTask } from './tasks/get.ts'
import { Poller } from './tasks/poller.ts'
import { createCreateKey, createRecover, type CreateKey, type Recover } from './tasks/recover.ts'
import { createRun, type Run } from './tasks/run.ts'
import type { PollingHistory } from './tasks/schedule.ts'
import { SharedTasks } from './tasks/shared-tasks.ts'
import type { Task } from './tasks/task.ts'
import { createWait, type WaitForTask } from './tasks/wait.ts'
import { createWatch, type WatchTask } from './tasks/watch.ts'

/** The balance of the account. It may be fractional. */
export type Credits = (
  options?: Turn & { readonly signal?: AbortSignal | undefined },
) => Promise<number>

/** A client of the Apikley API. Its methods need no `this`. */
export interface Apikley extends OperationClient {
  /**
   * Uploads the files of an input, creates a task, and waits for its result.
   *
   * @throws {ApikleyError} `task-failed`; `timeout`, with the id of a task that still runs;
   *   `unconfirmed`; or the reason of a refusal
   * @example
   * const { urls } = await apikley.run('ideogram/v3-reframe', { image_url, image_size: 'square' })
   */
  readonly run: Run
  readonly tasks: {
    /**
     * Uploads the files of an input and creates a task once. The task is charged when the service
     * accepts it.
     *
     * @throws {ApikleyError} `unconfirmed` if it is unknown whether the task was accepted;
     *   `invalid-input` before anything is sent; or the reason of a refusal
     * @example
     * const { taskId } = await apikley.tasks.create('ideogram/v3-reframe', input)
     */
    readonly create: CreateTask
    /**
     * Makes an idempotency key for `tasks.create` and `run`. Make it where the work begins, for
     * example when a job is queued. It says which store knows it, and since when.
     *
     * @throws {ApikleyError} `connection` or `configuration`; nothing was sent
     * @example
     * await queue.add('image', { input, key: await apikley.tasks.createKey() })
     */
    readonly createKey: CreateKey
    /**
     * Reports what became of an idempotency key. It reads, and never creates a task. It waits while
     * the create is in flight. A key that was never used is void from then on, and a refusal is
     * final, so that a late request with the key creates nothing.
     *
     * @throws {ApikleyError} `connection` or `configuration`, with `charge` `possible`
     * @example
     * const found = await apikley.tasks.recover(key)
     * if (found.status === 'created') await apikley.tasks.wait(found.taskId)
     */
    readonly recover: Recover
    /**
     * Reads a task once.
     *
     * @throws {ApikleyError} `not-found`, which a new task may be for some seconds
     * @example
     * const { state, urls } = await apikley.tasks.get(taskId)
     */
    readonly get: GetTask
    /**
     * Waits until a task has succeeded. Any process can wait for any task of the account. Waits for
     * the same task share its polls; see `nextPoll` for their times. The last 1,000 finished tasks
     * are cached.
     *
     * @throws {ApikleyError} `task-failed` with `failCode` and `failMsg`; `timeout` after 15 min,
     *   or the option `timeout` in ms; `not-found` after 90 s
     * @example
     * const { urls } = await apikley.tasks.wait(taskId, { timeout: 60_000 })
     */
    readonly wait: WaitForTask
    /**
     * Yields a task each time its state has changed, the last time when it has ended. A failed task
     * ends the loop like a successful one.
     *
     * @throws {ApikleyError} when the task cannot be read any longer
     * @example
     * for await (const { state } of apikley.tasks.watch(taskId)) console.log(state)
     */
    readonly watch: WatchTask
    /**
     * Resolves pending waits for a task whose result arrived elsewhere, for example in a webhook.
     * Pass a finished task from any client. This client's own `tasks.get` does it by itself. With
     * an id, the task is polled next: at once, or `polling.minInterval` after the last poll.
     *
     * With the idempotency key of its create, the store records the task as the outcome of that key.
     * An `unconfirmed` create is then `created` for `tasks.recover` and `tasks.create`. Resolves when
     * the store has it. Rejects with `connection` or `configuration` if the store fails.
     *
     * @example
     * await apikley.tasks.notify(await other.tasks.get(taskId))
     */
    readonly notify: (task: Task | string, idempotencyKey?: string) => Promise<void>
    /**
     * How long the tasks of each model took, for `polling.history` of a later client.
     *
     * @example
     * await writeFile('history.json', JSON.stringify(apikley.tasks.pollingHistory()))
     */
    readonly pollingHistory: () => PollingHistory
  }
  readonly files: {
    /**
     * Uploads a file. It is free and retried. The service keeps the file for about 3 days.
     *
     * @example
     * const { url } = await apikley.files.upload(file)
     */
    readonly upload: Upload
    /**
     * Makes the service fetch a file from a public URL, within 30 s.
     *
     * @throws {ApikleyError} `invalid-input` for an invalid URL
     * @example
     * const { url } = await apikley.files.uploadFromUrl('https://files.example.com/cat.png')
     */
    readonly uploadFromUrl: UploadFromUrl
    /**
     * Makes a link to a result that works across origins for 20 minutes.
     *
     * @throws {ApikleyError} `rejected` for a file that the service did not make
     * @example
     * const link = await apikley.files.downloadUrl(urls[0])
     */
    readonly downloadUrl: DownloadUrl
    /**
     * Downloads a result to a path, to a web stream, or as a Blob, with retries.
     *
     * @throws {ApikleyError} `not-found` if it has expired, usually after a day;
     *   `unexpected-response` if something else arrived, such as a page; `configuration` if the file
     *   cannot be written; `connection` if the download broke off
     * @example
     * const path = await apikley.files.save(urls[0], 'results/')
     */
    readonly save: Save
  }
  /**
   * Reads the balance.
   *
   * @example
   * if ((await apikley.credits()) < 10) topUp()
   */
  readonly credits: Credits
}

/**
 * Makes a client. It sends nothing until it is used.
 *
 * @param runtime clock, randomness and environment, for tests
 * @throws {ApikleyError} `configuration`
 * @example
 * const apikley = createApikley() // APIKLEY_API_KEY
 */
export function createApikley(
  options: ApikleyOptions = {},
  runtime: Partial<Runtime> = {},
): Apikley {
  const client = createApi(resolveOptions(options, createRuntime(runtime)))
  const { transport } = client
  const isShared = options.store !== undefined && !transport.proxied
  const shared = new SharedTasks(transport, options.polling?.history, isShared)
  const poller = new Poller(client, shared)
  const upload = createUpload(client)
  const downloadUrl = createDownloadUrl(client)
  const createOnce = new CreateOnce(transport)
  const createKey = createCreateKey(transport, createOnce)
  const recover = createRecover(transport, createOnce)
  const create = createCreate({
    client,
    models: [options.models ?? []].flat(),
    upload,
    createKey,
    createOnce,
    recover,
    onCreated: (taskId, model, callback) => poller.addCreated(taskId, model, callback),
  })
  const wait = createWait(poller, transport.key.redact)
  return {
    ...client,
    run: createRun(create, wait, transport.clock),
    tasks: {
      create,
      createKey,
      recover,
      get: createGet(client, (task) => poller.addRead(task)),
      wait: (taskId, waitOptions) => wait(taskId, waitOptions),
      watch: createWatch(poller),
      async notify(task, idempotencyKey) {
        poller.notify(task)
        if (idempotencyKey !== undefined) {
          await createOnce.settle(idempotencyKey, typeof task === 'string' ? task : task.taskId)
        }
      },
      pollingHistory: () => ({ ...shared.history }),
    },
    files: {
      upload,
      uploadFromUrl: createUploadFromUrl(client),
      downloadUrl,
      save: createSave(client, downloadUrl),
    },
    credits: (callOptions) => getAccountCredits(client, callOptions),
  }
}
