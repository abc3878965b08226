import { useRun } from '@apikley/react'
import type { ModelDescriptor, ModelInput, ModelId, ModelSummary } from '@apikley/types'
import { Sparkles } from 'lucide-react'
import { useEffect, useRef, useState, useSyncExternalStore, type ReactElement } from 'react'
import { CodePanel } from './code/code-panel.tsx'
import { ModelForm } from './form/model-form.tsx'
import { firstFile, inputOf, presetsOf, summaryOf, type Values } from './form/values.ts'
import { HistoryList } from './history/history-list.tsx'
import type { History } from './history/history.ts'
import { taskSeenIn } from './history/task-seen.ts'
import { thumbnailOf } from './history/thumbnail.ts'
import { ModelChooser } from './models/model-chooser.tsx'
import { useAnnounce } from './run/announcer.tsx'
import { Stage } from './run/stage.tsx'
import { statusText } from './run/status-text.ts'

export interface WorkbenchProps {
  readonly model: ModelDescriptor
  readonly models: readonly ModelSummary[]
  readonly onModel: (id: string) => void
  readonly history: History
  readonly isLive: boolean
}

/** A model's form, its run, the call as code, and the tasks of this browser. */
export function Workbench({
  model,
  models,
  onModel,
  history,
  isLive,
}: WorkbenchProps): ReactElement {
  const [values, setValues] = useState<Values>(() => presetsOf(model.fields))
  const run = useRun(model.id, { persistKey: `playground:${model.id}` })
  const tasks = useSyncExternalStore(history.subscribe, history.get)
  const draft = useSyncExternalStore(history.subscribe, history.draft)
  const input = useRef<HTMLElement>(null)
  const stage = useRef<HTMLElement>(null)
  const list = useRef<HTMLElement>(null)
  const announce = useAnnounce()

  const text = statusText(run)
  useEffect(() => announce(text), [announce, text])
  useEffect(() => {
    const seen = taskSeenIn(run)
    if (seen) {
      history.note(seen)
    }
  }, [history, run])

  const isBusy = run.status === 'pending'
  const taskId = 'taskId' in run ? run.taskId : undefined
  const past = tasks.find((task) => task.taskId === taskId)
  const show = (): void => stage.current?.scrollIntoView({ block: 'nearest' })
  const submit = async (input: ModelInput<ModelId>): Promise<void> => {
    const file = firstFile(values)
    const before = file && (await thumbnailOf(file))
    history.begin({
      model: model.id,
      startedAt: Date.now(),
      before,
      summary: summaryOf(model.fields, inputOf(model.fields, values)),
    })
    run.run(input)
    show()
  }
  // The button that was pressed is gone afterwards: the focus goes to where it was or leads.
  const resume = (taskId?: string): void => {
    run.resume(taskId)
    stage.current?.focus()
  }
  const stop = (): void => {
    run.stop()
    stage.current?.focus()
  }
  const dismiss = (): void => {
    run.reset()
    input.current?.focus()
  }
  const forget = (forgotten: string): void => {
    // Its result is shown as long as the run has it, and it would be found again.
    if (forgotten === taskId) {
      run.reset()
    }
    history.forget(forgotten)
    list.current?.focus()
  }

  return (
    <div className="workbench">
      <section className="card" aria-labelledby="input-title" tabIndex={-1} ref={input}>
        <h2 id="input-title">Input</h2>
        <ModelChooser models={models} chosen={model.id} onChange={onModel} isBusy={isBusy} />
        <p className="hint">{[model.description, model.note].filter(Boolean).join(' ')}</p>
        <ModelForm
          model={model}
          values={values}
          onChange={setValues}
          onSubmit={(input) => void submit(input)}
          isBusy={isBusy}
          footer={
            <div className="send">
              <button type="submit" className="button primary" aria-disabled={isBusy}>
                <Sparkles size={18} aria-hidden="true" />
                {isBusy ? 'Generating…' : 'Generate'}
              </button>
              <p className="hint">
                {isLive
                  ? 'One task of the real service. It costs credits.'
                  : 'One simulated task. It costs nothing.'}
              </p>
            </div>
          }
        />
      </section>
      <div className="column">
        <section className="card stage" aria-labelledby="stage-title" tabIndex={-1} ref={stage}>
          <h2 id="stage-title">Result</h2>
          <Stage
            run={run}
            past={past}
            before={past ? past.before : draft?.before}
            onStop={stop}
            onResume={() => resume()}
            onDismiss={dismiss}
          />
        </section>
        <section className="card" aria-labelledby="code-title">
          <h2 id="code-title">The same call as code</h2>
          <CodePanel model={model} values={values} />
        </section>
        <section className="card" aria-labelledby="history-title" tabIndex={-1} ref={list}>
          <h2 id="history-title">Tasks of this browser</h2>
          <HistoryList
            tasks={tasks}
            onForget={forget}
            current={isBusy ? taskId : undefined}
            isBusy={isBusy}
            onResume={resume}
          />
        </section>
      </div>
    </div>
  )
}
