import type { ModelDescriptor, ModelSummary } from '@apikley/types'
import { lazy, Suspense, use, useRef, useState, type ReactElement } from 'react'
import { ModelForm } from './form/model-form.tsx'
import type { MediaKind } from './gallery/media-kind.ts'
import { lastCredits, type History } from './history/history.ts'
import type { PastTask } from './history/past-task.ts'
import { useAnnounce } from './run/announcer.tsx'
import { ResultCard } from './run/result-card.tsx'
import { RunBar } from './run/run-bar.tsx'
import { useGenerate } from './run/use-generate.ts'
import { useSubmitShortcut } from './run/use-submit-shortcut.ts'
import type { Forms } from './storage/forms.ts'
import type { PageUrl } from './url/page-url.ts'
import { searchOf, type Place } from './url/place.ts'
import { useForm } from './use-form.ts'

// The form and its button come first.
const ModelChooser = lazy(async () => {
  const { ModelChooser } = await import('./models/model-chooser.tsx')
  return { default: ModelChooser }
})
const CodePanel = lazy(async () => {
  const { CodePanel } = await import('./code/code-panel.tsx')
  return { default: CodePanel }
})
const HistoryList = lazy(async () => {
  const { HistoryList } = await import('./history/history-list.tsx')
  return { default: HistoryList }
})

interface WorkbenchProps {
  readonly models: readonly ModelSummary[]
  readonly loading: Promise<ModelDescriptor>
  readonly place: Place
  readonly go: (place: Place) => void
  readonly url: PageUrl
  readonly forms: Forms
  readonly history: History
  readonly isLive: boolean
}

/** A model's form, its run, the call as code, and the tasks of this browser. */
export function Workbench(props: WorkbenchProps): ReactElement {
  const { models, place, go, url, forms, history, isLive } = props
  const model = use(props.loading)
  const form = useForm(model, place, forms, url)
  const { run, tasks, taskId, submit, retry } = useGenerate(model, history, isLive)
  const [openedId, setOpenedId] = useState<string>()
  const [notice, setNotice] = useState('')
  const announce = useAnnounce()
  const inputCard = useRef<HTMLElement>(null)
  const resultCard = useRef<HTMLElement>(null)
  const sendForm = (): void => inputCard.current?.querySelector('form')?.requestSubmit()
  useSubmitShortcut(sendForm)

  const isBusy = run.status === 'pending'
  const opened = tasks.find((task) => task.taskId === openedId)
  const current = tasks.find((task) => task.taskId === taskId)
  const finished = run.status === 'success' ? current : undefined
  /** Moves the focus to the result, because the pressed button is removed or elsewhere. */
  const showResult = (task?: PastTask): void => {
    setOpenedId(task?.taskId)
    resultCard.current?.focus()
  }
  const showForm = (text: string): void => {
    announce(text)
    setNotice(text)
    inputCard.current?.focus()
  }
  const takeAsInput = (file: string, kind: MediaKind): (() => void) | undefined => {
    const values = form.withFile(file, kind)
    return (
      values &&
      (() => {
        form.change(values)
        showForm('The result is in the form')
      })
    )
  }
  const applySettings = (task: PastTask): void => {
    forms.save(task.model, task.input)
    go({ model: task.model, search: searchOf(task.input) })
    showForm('The settings are in the form. Files are not saved with them.')
  }

  return (
    <div className="workbench">
      <section
        className="card input-card"
        aria-labelledby="input-title"
        tabIndex={-1}
        ref={inputCard}
      >
        <h2 id="input-title">Input</h2>
        <div className="chooser">
          <Suspense>
            <ModelChooser
              models={models}
              chosen={model.id}
              onChange={(id) => go({ model: id, search: forms.searchOf(id) })}
              isBusy={isBusy}
            />
          </Suspense>
        </div>
        <p className="hint">{[model.description, model.note].filter(Boolean).join(' ')}</p>
        {notice !== '' && <p className="notice">{notice}</p>}
        {form.ignored.length > 0 && (
          <p className="notice">Ignored in the URL: {form.ignored.join(', ')}</p>
        )}
        <ModelForm
          key={model.id}
          model={model}
          values={form.values}
          onChange={(values) => {
            setNotice('')
            form.change(values)
          }}
          onSubmit={(input) => {
            setOpenedId(undefined)
            void submit(input, form.values)
            resultCard.current?.scrollIntoView({ block: 'nearest' })
          }}
          isBusy={isBusy}
          footer={
            <RunBar
              run={run}
              isLive={isLive}
              lastCredits={lastCredits(tasks, model.id)}
              onStop={() => {
                run.stop()
                showResult()
              }}
              onShow={() => resultCard.current?.focus()}
            />
          }
        />
      </section>
      <div className="column">
        <ResultCard
          ref={resultCard}
          run={run}
          task={opened ?? finished}
          isOpened={opened !== undefined}
          models={models}
          before={(current ?? history.draft(model.id))?.before}
          canSimulate={!isLive}
          takeAsInput={takeAsInput}
          onClose={() => showResult()}
          onResume={() => {
            void run.resume()
            showResult()
          }}
          onRetry={() => {
            void retry().then((isRun) => isRun || sendForm())
            showResult()
          }}
          onDismiss={() => {
            run.reset()
            inputCard.current?.focus()
          }}
        />
        <section className="card" aria-labelledby="code-title">
          <h2 id="code-title">The same call as code</h2>
          <Suspense>
            <CodePanel model={model} values={form.values} />
          </Suspense>
        </section>
        <section className="card" aria-labelledby="history-title">
          <h2 id="history-title">Tasks of this browser</h2>
          <Suspense>
            <HistoryList
              tasks={tasks}
              models={models}
              current={taskId}
              isBusy={isBusy}
              onOpen={showResult}
              onResume={(task) => {
                void run.resume(task.taskId)
                showResult()
              }}
              onUseSettings={applySettings}
              onRemove={(task) => history.remove(task.taskId)}
              onRestore={(task) => history.restore(task)}
              takeAsInput={takeAsInput}
            />
          </Suspense>
        </section>
      </div>
    </div>
  )
}
