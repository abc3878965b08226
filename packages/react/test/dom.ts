import { notifyManager } from '@tanstack/react-query'
import { Window } from 'happy-dom'

// A page on the globals of Node, whose own fetch, files and streams stay: what is tested talks to
// servers in this process. One for all files.
if (!('document' in globalThis)) {
  const window = new Window({ url: 'https://app.example/' })
  const names = [
    'document',
    'location',
    'localStorage',
    'navigator',
    'Node',
    'Element',
    'HTMLElement',
    'HTMLIFrameElement',
    'MutationObserver',
    'Event',
  ] as const
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      value: window[name],
      configurable: true,
      writable: true,
    })
  }
  Object.defineProperty(globalThis, 'window', { value: window, configurable: true, writable: true })
}

// TanStack notifies components by a timer, and the clock of a test does not wait for it.
notifyManager.setScheduler(queueMicrotask)
