import { createCredits, type Credits } from './account.ts'
import type { Upload } from './files/upload.ts'
import type { ApikleyOptions } from './options.ts'
import { createCreate, type CreateTask } from './tasks/create.ts'
import { createDurations } from './tasks/durations.ts'
import { createGet, createLook, type GetTask } from './tasks/get.ts'
import type { PollingHistory } from './tasks/history.ts'
import { createPoller, type Poller } from './tasks/poller.ts'
import { createRun, type TimedRun } from './tasks/run.ts'
import { createFollowToEnd, createWait, type TimedWait } from './tasks/wait.ts'
import type { OperationClient } from './transport/send.ts'

export { createDirect } from './transport/direct.ts'

/** All that a client does but for files: in a page, what is loaded before anything is sent. */
export interface Calls {
  readonly run: TimedRun
  readonly create: CreateTask
  readonly get: GetTask
  readonly wait: TimedWait
  readonly follow: Poller['follow']
  readonly notify: Poller['notify']
  readonly pollingHistory: () => PollingHistory
  readonly credits: Credits
}

export function createCalls(client: OperationClient, { polling, models = [] }: ApikleyOptions, upload: Upload): Calls {
  const { transport } = client
  const durations = createDurations(polling?.history)
  const { created, notify, follow } = createPoller(createLook(client), transport, durations)
  const create = createCreate(client, models, created)
  const followToEnd = createFollowToEnd(follow, transport.key)
  return {
    run: createRun(create, followToEnd, upload, transport),
    create,
    get: createGet(client, notify),
    wait: createWait(followToEnd),
    follow,
    notify,
    pollingHistory: durations.toJSON,
    credits: createCredits(client),
  }
}
