import type { RunState } from '@apikley/react'
import { Check } from 'lucide-react'
import type { ReactElement } from 'react'

const steps = [
  ['uploading', 'Upload'],
  ['creating', 'Create'],
  ['waiting', 'Wait'],
  ['success', 'Result'],
] as const

/** The way of a run, and how far it has come. */
export function Steps({ run }: { readonly run: RunState }): ReactElement {
  const current = run.status === 'pending' ? run.phase : run.status
  const at = steps.findIndex(([step]) => step === (current === 'queued' ? 'creating' : current))
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map(([step, label], index) => {
        const isDone = index < at || run.status === 'success'
        const open = index === at ? 'current' : 'next'
        const state = isDone ? 'done' : open
        return (
          <li
            key={step}
            className="step"
            data-state={state}
            aria-current={state === 'current' ? 'step' : undefined}
          >
            <span className="step-mark">
              {state === 'done' ? (
                <Check size={14} strokeWidth={3} aria-hidden="true" />
              ) : (
                index + 1
              )}
            </span>
            <span>{label}</span>
          </li>
        )
      })}
    </ol>
  )
}
