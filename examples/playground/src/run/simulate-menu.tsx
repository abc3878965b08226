import { useState, type ReactElement } from 'react'
import { FAILURE_COOKIE, FAILURES } from './failures.ts'

/**
 * Chooses the failure of the next task. The choice is a cookie, which the server deletes when it
 * has applied it.
 */
export function SimulateMenu(): ReactElement {
  const [, setChosen] = useState('')
  const choose = (id: string): void => {
    const maxAge = id === 'none' ? '; max-age=0' : ''
    document.cookie = `${FAILURE_COOKIE}=${id}; path=/; samesite=strict${maxAge}`
    setChosen(id)
  }
  return (
    <label className="simulate hint">
      Simulate
      <select
        className="button"
        value={chosenFailure()}
        onChange={({ target }) => choose(target.value)}
      >
        <option value="none">No failure</option>
        {Object.entries(FAILURES).map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}

function chosenFailure(): string {
  return new RegExp(`${FAILURE_COOKIE}=(\\w+)`).exec(document.cookie)?.[1] ?? 'none'
}
