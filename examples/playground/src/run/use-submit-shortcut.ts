import { useEffect, useEffectEvent } from 'react'

/** Calls `submit` on Ctrl+Enter or Cmd+Enter, wherever the focus is. */
export function useSubmitShortcut(submit: () => void): void {
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) {
      // A button with the focus would take Enter for itself.
      event.preventDefault()
      event.stopPropagation()
      submit()
    }
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKeyDown(event)
    window.addEventListener('keydown', listen, { capture: true })
    return () => window.removeEventListener('keydown', listen, { capture: true })
  }, [])
}
