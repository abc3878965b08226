import type { ModelId, ModelInput } from '@apikley/types'
import { noop } from '@tanstack/react-query'
import {
  IDLE,
  type AnyRunOutcome,
  type AnyRunState,
  type EndState,
  type IgnoredReason,
  type ShownState,
  type UseRunOptions,
} from './run-types.ts'
import type { LoopGuard } from './same-input.ts'
import type { Persistence } from './saved-run.ts'

/** The state of a run as its components show it, and the call that waits for its end. */
export class RunView {
  state: ShownState = IDLE
  /** Of the run that is shown, if this page has started it. */
  input: ModelInput<ModelId> | undefined
  /** Resolves the call that has started or continued the run. */
  settle: (outcome: AnyRunOutcome) => void = noop
  readonly listeners: Set<() => void> = new Set()
  readonly #persistence: Persistence
  readonly #guard: LoopGuard

  constructor(persistence: Persistence, guard: LoopGuard) {
    this.#persistence = persistence
    this.#guard = guard
  }

  get isPending(): boolean {
    return this.state.status === 'pending'
  }

  /** Starts or continues a run, unless `act` returns a reason. */
  call(act: () => IgnoredReason | undefined, resolve: (outcome: AnyRunOutcome) => void): void {
    let reason: IgnoredReason | undefined = 'pending'
    if (!this.isPending) {
      this.settle = resolve
      reason = act()
    }
    if (reason) {
      resolve({ status: 'ignored', reason })
    }
  }

  /** Returns whether the state has changed. Uploads report progress more often than it changes. */
  show(state: AnyRunState): boolean {
    const isNew = JSON.stringify(state) !== JSON.stringify({ ...this.state, input: undefined })
    if (isNew) {
      this.state = { ...state, input: this.input }
      this.#guard.onChange()
      this.listeners.forEach((listener) => listener())
    }
    if (state.status !== 'pending') {
      this.settle(state.status === 'idle' ? { ...state, status: 'stopped' } : state)
    }
    return isNew
  }

  /** Shows an end that this page has seen, and calls the callbacks. */
  end(state: EndState): void {
    if (this.show(state)) {
      report(state, this.input, this.#persistence.context.options).catch(console.error)
    }
  }
}

async function report(
  state: EndState,
  input: ModelInput<ModelId> | undefined,
  { onSuccess, onError, onSettled }: UseRunOptions,
): Promise<void> {
  const result = state.status === 'success' ? state : undefined
  const error = state.status === 'error' ? state.error : undefined
  await (result && onSuccess?.(result, input))
  await (error && onError?.(error, input))
  await onSettled?.(result, error, input)
}
