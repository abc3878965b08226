import type { Methods } from './client.ts'
import type { SaveOptions } from './files/save.ts'
import { createOnDemand } from './on-demand.ts'
import type { ApikleyOptions } from './options.ts'
import type { Poller } from './tasks/poller.ts'
import { createWatch } from './tasks/watch.ts'
import type { TransportConfig } from './transport/fetch.ts'
import type { OperationClient } from './transport/send.ts'

/**
 * The same for pages: what a client does is loaded when it is first called. A call has all of it
 * before it sends anything, so what cannot be loaded costs nothing and loses no task.
 */
export function createMethods(client: OperationClient, options: ApikleyOptions): Methods {
  const calls = createOnDemand(
    async () => (await import('./calls.ts')).createCalls(client, options),
    client.transport,
  )

  const follow: Poller['follow'] = (taskId, follower) => {
    let leave: (() => void) | undefined
    let left = false
    const begin = calls.use(async (part) => {
      if (!left) {
        leave = part.follow(taskId, follower)
      }
    }, follower)
    begin.catch((error: unknown) => {
      if (!left) {
        follower.onError(error)
      }
    })
    return () => {
      left = true
      leave?.()
    }
  }

  async function save(url: string, target?: undefined, options?: SaveOptions): Promise<Blob>
  async function save(
    url: string,
    target: string | WritableStream<Uint8Array>,
    options?: SaveOptions,
  ): Promise<void>
  async function save(
    url: string,
    target?: string | WritableStream<Uint8Array>,
    options?: SaveOptions,
  ): Promise<Blob | void> {
    return calls.use<Blob | void>(
      ({ files }) =>
        target === undefined ? files.save(url, target, options) : files.save(url, target, options),
      options,
    )
  }

  return {
    run: (model, input, options) =>
      calls.use(({ run }, waited) => run(model, input, options, waited), options),
    tasks: {
      create: (model, input, options) =>
        calls.use(({ tasks }) => tasks.create(model, input, options), options),
      get: (taskId, options) => calls.use(({ tasks }) => tasks.get(taskId, options), options),
      wait: (taskId, options) =>
        calls.use(({ wait }, waited) => wait(taskId, options, waited), { ...options, taskId }),
      watch: createWatch(follow),
      // Before that is loaded nobody waits, but somebody may later.
      notify: (task) => void calls.use(async ({ tasks }) => tasks.notify(task)).catch(() => {}),
      pollingHistory: () => calls.loaded?.tasks.pollingHistory() ?? { ...options.polling?.history },
    },
    files: {
      upload: (data, options) => calls.use(({ files }) => files.upload(data, options), options),
      uploadFromUrl: (url, options) =>
        calls.use(({ files }) => files.uploadFromUrl(url, options), options),
      downloadUrl: (url, options) =>
        calls.use(({ files }) => files.downloadUrl(url, options), options),
      save,
    },
    credits: (options) => calls.use(({ credits }) => credits(options), options),
  }
}

/** What is called on `api` itself. */
export function createDirect(config: TransportConfig): (request: Request) => Promise<Response> {
  const direct = createOnDemand(
    async () => (await import('./calls.ts')).createDirect(config),
    config,
  )
  return (request) => direct.use((send) => send(request), request)
}
