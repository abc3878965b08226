import { startTransition, useEffect, useState } from 'react'
import { PageUrl } from './page-url.ts'
import { placeOf, type Place } from './place.ts'

interface PlaceControls {
  /** A new object after each navigation. */
  readonly place: Place
  /** Goes to a place, and adds it to the history of the browser. */
  readonly go: (place: Place) => void
  readonly url: PageUrl
}

/** The place that the URL of the page holds. It follows Back and Forward. */
export function usePlace(): PlaceControls {
  const [place, setPlace] = useState(() => placeOf(window.location))
  const [url] = useState(() => new PageUrl())
  useEffect(() => {
    const onPopState = (): void => {
      url.drop()
      startTransition(() => setPlace(placeOf(window.location)))
    }
    window.addEventListener('popstate', onPopState)
    window.addEventListener('pagehide', url.flush)
    return () => {
      window.removeEventListener('popstate', onPopState)
      window.removeEventListener('pagehide', url.flush)
    }
  }, [url])
  const go = (next: Place): void => {
    url.push(next)
    startTransition(() => setPlace({ ...next }))
  }
  return { place, go, url }
}
