import { createCredits } from './account.ts'
import type { Methods } from './client.ts'
import { createDownloadUrl, createSave } from './files/save.ts'
import { createUpload, createUploadFromUrl } from './files/upload.ts'
import type { ApikleyOptions } from './options.ts'
import { createCreate } from './tasks/create.ts'
import { createDurations } from './tasks/durations.ts'
import { createGet, createLook } from './tasks/get.ts'
import { createPoller, type Poller } from './tasks/poller.ts'
import { createRun, type TimedRun } from './tasks/run.ts'
import { createFollowToEnd, createWait, type TimedWait } from './tasks/wait.ts'
import type { OperationClient } from './transport/send.ts'

export { createDirect } from './transport/direct.ts'

/** All that a client does, also for calls that have spent some of their time already. */
export interface Calls extends Pick<Methods, 'files' | 'credits'> {
  readonly run: TimedRun
  readonly wait: TimedWait
  readonly follow: Poller['follow']
  readonly tasks: Omit<Methods['tasks'], 'wait' | 'watch'>
}

export function createCalls(
  client: OperationClient,
  { polling, models = [] }: ApikleyOptions,
): Calls {
  const { transport } = client
  const durations = createDurations(polling?.history)
  const { created, seen, notify, follow } = createPoller(createLook(client), transport, durations)
  const create = createCreate(client, models, created)
  const followToEnd = createFollowToEnd(follow, transport.key)
  const upload = createUpload(client)
  const downloadUrl = createDownloadUrl(client)
  return {
    run: createRun(create, followToEnd, upload, transport),
    wait: createWait(followToEnd),
    follow,
    tasks: { create, get: createGet(client, seen), notify, pollingHistory: durations.toJSON },
    files: {
      upload,
      uploadFromUrl: createUploadFromUrl(client),
      downloadUrl,
      save: createSave(client, downloadUrl),
    },
    credits: createCredits(client),
  }
}
