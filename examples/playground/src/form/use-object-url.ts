import { useMemo, useSyncExternalStore } from 'react'

/**
 * A URL that shows a file in the page. It is revoked when the component unmounts or gets another
 * file. A URL is returned as it is.
 */
export function useObjectUrl(file: Blob | string): string | undefined {
  const source = useMemo(
    () => (typeof file === 'string' ? constant(file) : createObjectUrl(file)),
    [file],
  )
  return useSyncExternalStore(source.subscribe, source.get)
}

interface Source {
  readonly subscribe: (listener: () => void) => () => void
  readonly get: () => string | undefined
}

function constant(url: string): Source {
  return { subscribe: () => () => {}, get: () => url }
}

/** The URL exists while a component subscribes. */
function createObjectUrl(file: Blob): Source {
  let current: string | undefined
  return {
    subscribe(listener) {
      const url = URL.createObjectURL(file)
      current = url
      listener()
      return () => URL.revokeObjectURL(url)
    },
    get: () => current,
  }
}
