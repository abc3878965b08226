import type { Methods } from './client.ts'
import type { SaveOptions } from './files/save.ts'
import type { Upload } from './files/upload.ts'
import { createOnDemand } from './on-demand.ts'
import type { ApikleyOptions } from './options.ts'
import type { Poller } from './tasks/poller.ts'
import { createWatch } from './tasks/watch.ts'
import type { TransportConfig } from './transport/fetch.ts'
import type { OperationClient } from './transport/send.ts'

/** Pages have no environment: nothing is looked for there, and so not even its name is in them. */
export const keyVariable: string | undefined = undefined

/**
 * The same as in `methods.ts` for pages, where `#methods` of package.json leads here: what a client does is loaded when it is first called. A bundler
 * makes two files of it, one for all calls and one for files. A call has all that it needs before it sends anything, so a file that cannot be loaded
 * costs nothing and loses no task.
 */
export function createMethods(client: OperationClient, options: ApikleyOptions): Methods {
  const { transport } = client
  const files = createOnDemand(async () => (await import('./files/files.ts')).createFiles(client), transport)
  const upload: Upload = (data, options) => files.use((part) => part.upload(data, options), options)
  const calls = createOnDemand(async () => (await import('./calls.ts')).createCalls(client, options, upload), transport)

  const follow: Poller['follow'] = (taskId, follower) => {
    let leave: (() => void) | undefined
    let left = false
    calls
      .use(async (part) => {
        if (!left) leave = part.follow(taskId, follower)
      }, follower)
      .catch((error: unknown) => {
        if (!left) follower.onError(error)
      })
    return () => {
      left = true
      leave?.()
    }
  }

  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(url: string, target: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<void>
  async function save(url: string, target?: string | WritableStream<Uint8Array>, options?: SaveOptions): Promise<Blob | void> {
    return files.use<Blob | void>(
      (part) => (target === undefined ? part.save(url, target, options) : part.save(url, target, options)),
      options,
    )
  }

  return {
    run: (model, input, options) => calls.use((part, waited) => part.run(model, input, options, waited), options),
    tasks: {
      create: (model, input, options) => calls.use((part) => part.create(model, input, options), options),
      get: (taskId, options) => calls.use((part) => part.get(taskId, options), options),
      wait: (taskId, options) => calls.use((part, waited) => part.wait(taskId, options, waited), { ...options, taskId }),
      watch: createWatch(follow),
      // Before the calls are loaded nobody waits, but somebody may later.
      notify: (task) => void calls.use(async (part) => part.notify(task)).catch(() => {}),
      pollingHistory: () => calls.loaded?.pollingHistory() ?? { ...options.polling?.history },
    },
    files: {
      upload,
      uploadFromUrl: (url, options) => files.use((part) => part.uploadFromUrl(url, options), options),
      downloadUrl: (url, options) => files.use((part) => part.downloadUrl(url, options), options),
      save,
    },
    credits: (options) => calls.use((part) => part.credits(options), options),
  }
}

/** What is called on `api` itself. */
export function createDirect(config: TransportConfig): (request: Request) => Promise<Response> {
  const direct = createOnDemand(async () => (await import('./calls.ts')).createDirect(config), config)
  return (request) => direct.use((send) => send(request), request)
}
