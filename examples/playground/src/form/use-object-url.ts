import { useMemo, useSyncExternalStore } from 'react'

/**
 * An address under which the page can show a file; it is given back when the file changes or
 * leaves. A file that is an address has it already.
 */
export function useObjectUrl(file: Blob | string): string | undefined {
  const source = useMemo(() => (typeof file === 'string' ? fixed(file) : objectUrlOf(file)), [file])
  return useSyncExternalStore(source.subscribe, source.get)
}

interface Source {
  readonly subscribe: (listener: () => void) => () => void
  readonly get: () => string | undefined
}

function fixed(url: string): Source {
  return { subscribe: () => () => {}, get: () => url }
}

/** There as long as somebody shows it. */
function objectUrlOf(file: Blob): Source {
  let url: string | undefined
  return {
    subscribe(listener) {
      const made = URL.createObjectURL(file)
      url = made
      listener()
      return () => URL.revokeObjectURL(made)
    },
    get: () => url,
  }
}
