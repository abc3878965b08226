import { useRun, type RunState } from '@apikley/react'
import type { ModelDescriptor, ModelId, ModelInput } from '@apikley/types'
import { useEffect, useSyncExternalStore } from 'react'
import { inputOf, summaryOf, type Values } from '../form/values.ts'
import type { History } from '../history/history.ts'
import type { PastTask } from '../history/past-task.ts'
import { readCredits, taskSeenIn } from '../history/task-seen.ts'
import { pictureOf } from '../history/thumbnail.ts'
import { withoutFiles } from '../url/place.ts'
import { useAnnounce } from './announcer.tsx'
import { statusText } from './status-text.ts'

interface Generate {
  readonly run: ReturnType<typeof useRun<ModelId>>
  readonly tasks: readonly PastTask[]
  /** The id of the run's task, if it has created one. */
  readonly taskId: string | undefined
  readonly submit: (input: ModelInput<ModelId>, values: Values) => Promise<void>
  /** Resolves to false if this page has not started the run, for instance after a reload. */
  readonly retry: () => Promise<boolean>
}

const TITLES: Readonly<Record<RunState['status'], string>> = {
  idle: 'Apikley playground',
  pending: 'Running… – Playground',
  success: 'Done – Playground',
  error: 'Failed – Playground',
}

/** The run of a model. Its states are announced, shown in the title, and saved in the history. */
export function useGenerate(model: ModelDescriptor, history: History, isLive: boolean): Generate {
  const { id, fields } = model
  const run = useRun(id, {
    persistKey: isLive ? 'playground:live' : 'playground',
    // It is called although the user may have chosen another model.
    onCreated: (taskId) => history.note({ taskId, model: id }),
  })
  const tasks = useSyncExternalStore(history.subscribe, history.get)
  const announce = useAnnounce()

  const text = statusText(run)
  useEffect(() => announce(text), [announce, text])
  useEffect(() => {
    document.title = TITLES[run.status]
  }, [run.status])
  const seenId = taskSeenIn(run)?.taskId
  const isRemoved = seenId !== undefined && history.isRemoved(seenId)
  useEffect(() => {
    const seen = taskSeenIn(run)
    if (isRemoved) {
      run.reset()
    } else if (seen) {
      history.note({ model: id, ...seen })
    }
  }, [history, id, isRemoved, run])
  const taskId = 'taskId' in run ? run.taskId : undefined
  const finishedId = run.status === 'success' ? taskId : undefined
  useEffect(() => {
    if (finishedId !== undefined) {
      void readCredits(finishedId).then((credits) =>
        history.note({ taskId: finishedId, model: id, credits }),
      )
    }
  }, [finishedId, history, id])

  return {
    run,
    tasks,
    taskId,
    async submit(input, values) {
      const filled = inputOf(fields, values)
      history.begin({
        model: id,
        startedAt: Date.now(),
        before: await pictureOf(fields, values),
        input: withoutFiles(filled),
        summary: summaryOf(fields, filled),
      })
      void run.run(input)
    },
    async retry() {
      const draft = history.draft(id)
      if (draft) {
        history.begin({ ...draft, startedAt: Date.now() })
      }
      const outcome = await run.retry()
      return outcome.status !== 'ignored' || outcome.reason !== 'no-run'
    },
  }
}
