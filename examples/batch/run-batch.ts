import { openAsBlob } from 'node:fs'
import { basename, join } from 'node:path'
import { ApikleyError, type Apikley, type ApikleyErrorKind } from '@apikley/client'
import type { ModelInput } from '@apikley/types'
import type { Journal } from './journal.ts'

export interface Batch {
  readonly apikley: Apikley
  readonly journal: Journal
  readonly folder: string
  readonly pictures: readonly string[]
  readonly size: ModelInput<'ideogram/v3-reframe'>['image_size']
  readonly signal: AbortSignal
  readonly onProgress: (event: 'bought' | 'ended') => void
}

/** What the next picture would meet as well. */
const ofTheAccount: ReadonlySet<ApikleyErrorKind> = new Set([
  'authentication',
  'configuration',
  'feature-disabled',
  'insufficient-credits',
  'key-limit',
])

/**
 * Buys what is new, one picture after the other, and meanwhile waits for all that was bought.
 * Whatever happens is in the journal first, so at most the one picture that is being sent when the
 * process dies is in doubt. Gives what went wrong, picture by picture; it rejects when the account
 * cannot buy any more, or the signal is aborted, after everything has come to rest.
 */
export async function runBatch(batch: Batch): Promise<Map<string, string>> {
  const { apikley, journal, pictures, signal } = batch
  const problems = new Map<string, string>()
  const waiting: Promise<void>[] = []
  const progressOf = pictures.map((picture) => ({ picture, progress: journal.of(picture) }))

  for (const { picture, progress } of progressOf) {
    if (progress.state === 'bought') {
      waiting.push(
        collect(
          batch,
          picture,
          progress.taskId,
          apikley.tasks.wait(progress.taskId, { signal }),
          problems,
        ),
      )
    }
  }
  let stop: unknown
  for (const { picture, progress } of progressOf) {
    if (progress.state !== 'new' || signal.aborted) {
      continue
    }
    try {
      await buy(batch, picture, waiting, problems)
    } catch (error) {
      problems.set(picture, messageOf(error))
      if (!ApikleyError.is(error) || ofTheAccount.has(error.kind)) {
        stop = error
        break
      }
    }
  }
  await Promise.all(waiting)
  signal.throwIfAborted()
  if (stop !== undefined) {
    throw stop
  }
  return problems
}

/** Comes back as soon as the task's id is in the journal; its end is waited for in `waiting`. */
async function buy(
  batch: Batch,
  picture: string,
  waiting: Promise<void>[],
  problems: Map<string, string>,
): Promise<void> {
  const { apikley, journal, folder, size, signal, onProgress } = batch
  const file = new File([await openAsBlob(join(folder, picture))], basename(picture))
  const { url } = await apikley.files.upload(file, { signal })
  await journal.note(picture, { state: 'attempted' })
  const bought = Promise.withResolvers<string>()
  let noted: Promise<void> | undefined
  const running = apikley.run(
    'ideogram/v3-reframe',
    { image_url: url, image_size: size },
    {
      signal,
      async onCreated(taskId) {
        noted = journal.note(picture, { state: 'bought', taskId })
        await noted
        onProgress('bought')
        bought.resolve(taskId)
      },
    },
  )
  running.catch(bought.reject)
  try {
    const taskId = await bought.promise
    const task = running.then((result) => result.task)
    waiting.push(collect(batch, picture, taskId, task, problems))
  } catch (error) {
    // A picture that was not charged may be created another time.
    const isFree = ApikleyError.is(error) && error.charge === 'none'
    await (noted ?? (isFree && journal.note(picture, { state: 'new' })))
    throw error
  }
}

async function collect(
  { journal, onProgress }: Batch,
  picture: string,
  taskId: string,
  task: ReturnType<Apikley['tasks']['wait']>,
  problems: Map<string, string>,
): Promise<void> {
  try {
    const { urls } = await task
    await journal.note(picture, { state: 'succeeded', taskId, urls })
    onProgress('ended')
  } catch (error) {
    // Of another error, the task knows nothing: it stays bought, and is collected the next time.
    if (ApikleyError.is(error) && error.kind === 'task-failed') {
      await journal.note(picture, { state: 'failed', taskId, why: error.message })
      onProgress('ended')
    } else {
      problems.set(picture, messageOf(error))
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
