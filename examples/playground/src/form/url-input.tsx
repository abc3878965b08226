import { useState, type ReactElement } from 'react'
import { urlIn } from './media-files.ts'

interface UrlInputProps {
  readonly label: string
  readonly onUrl: (url: string) => void
  /** Receives a message about the text, or undefined when the text may become a URL. */
  readonly onRefuse: (reason: string | undefined) => void
}

/** Takes the URL of a file on Enter, on paste, and when the input loses the focus. */
export function UrlInput({ label, onUrl, onRefuse }: UrlInputProps): ReactElement {
  const [text, setText] = useState('')
  const commit = (typed: string): void => {
    const url = urlIn(typed)
    if (url !== undefined) {
      setText('')
      onUrl(url)
    } else if (typed.trim() !== '') {
      onRefuse(`“${typed}” is not a valid http or https URL.`)
    }
  }
  return (
    <input
      className="input url-input"
      type="url"
      aria-label={label}
      placeholder="or enter a URL"
      value={text}
      onChange={({ target }) => {
        setText(target.value)
        onRefuse(undefined)
      }}
      onBlur={() => commit(text)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') {
          event.preventDefault()
          commit(text)
        }
      }}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text/plain')
        if (text === '' && urlIn(pasted) !== undefined) {
          event.preventDefault()
          commit(pasted)
        }
      }}
    />
  )
}
