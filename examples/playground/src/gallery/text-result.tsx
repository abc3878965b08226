import { Download } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'
import { CopyButton } from './copy-button.tsx'
import { nameOf } from './media-kind.ts'
import { saveAs } from './save-as.ts'

interface TextResultProps {
  readonly model: string
  readonly text: string
  /** The page shows this object in place of an empty text. */
  readonly object: Readonly<Record<string, unknown>>
}

/** A result that is a text, or an object as JSON. */
export function TextResult({ model, text, object }: TextResultProps): ReactElement {
  const announce = useAnnounce()
  const isText = text !== ''
  const content = isText ? text : JSON.stringify(object, undefined, 2)
  const save = (): void => {
    const type = isText ? 'text/plain' : 'application/json'
    saveAs(new Blob([content], { type }), `${nameOf(model)}.${isText ? 'txt' : 'json'}`)
    announce('The result is saved')
  }
  return (
    <>
      {/* It scrolls, so the keyboard must reach it. */}
      <div className="text-result" tabIndex={0} role="region" aria-label="The result">
        {isText ? <p>{content}</p> : <pre>{content}</pre>}
      </div>
      <div className="actions">
        <Button className="button" onPress={save}>
          <Download size={16} aria-hidden="true" />
          Download
        </Button>
        <CopyButton text={content} label={isText ? 'Copy text' : 'Copy JSON'} />
      </div>
    </>
  )
}
