import { useEffect, useEffectEvent, type RefObject } from 'react'
import { urlIn, type MediaFile } from './media-files.ts'

/**
 * Takes files and URLs that are pasted into a media field. With `takesOthers` also those that are
 * pasted elsewhere, except into a text. The listener runs before the drop zone, which ignores a
 * picture without an entry in a file system, for example a screenshot.
 */
export function usePaste(
  field: RefObject<HTMLElement | null>,
  takesOthers: boolean,
  add: (files: readonly MediaFile[]) => void,
): void {
  const paste = useEffectEvent((event: ClipboardEvent) => {
    if (
      !(event.target instanceof Element) ||
      !event.clipboardData ||
      event.target.matches('input:not([type=radio]), textarea')
    ) {
      return
    }
    const target = event.target.closest('[data-media]')
    if (target === null ? !takesOthers : target !== field.current) {
      return
    }
    const url = urlIn(event.clipboardData.getData('text/plain'))
    const pasted = event.clipboardData.files
    const urls = url === undefined ? [] : [url]
    const files = pasted.length > 0 ? [...pasted] : urls
    if (files.length === 0) {
      return
    }
    event.preventDefault()
    event.stopPropagation()
    add(files)
  })
  useEffect(() => {
    const listen = (event: ClipboardEvent): void => paste(event)
    window.addEventListener('paste', listen, { capture: true })
    return () => window.removeEventListener('paste', listen, { capture: true })
  }, [])
}
