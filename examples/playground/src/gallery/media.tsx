import { FileIcon, ImageOff } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Compare } from './compare.tsx'
import { fileNameOf, type MediaKind } from './media-kind.ts'

interface LargeMediaProps {
  readonly url: string
  readonly kind: MediaKind
  readonly alt: string
  readonly model: string
  /** The picture in the input, if there is one. */
  readonly before: string | undefined
  readonly onSize: (width: number, height: number) => void
}

/** A result in full size. */
export function LargeMedia(props: LargeMediaProps): ReactElement {
  const { url, kind, alt, model, before, onSize } = props
  const [isMissing, setMissing] = useState(false)
  const onError = (): void => setMissing(true)
  if (isMissing) {
    return (
      <p className="missing">
        <ImageOff size={22} strokeWidth={1.5} aria-hidden="true" /> This result cannot be loaded
      </p>
    )
  }
  switch (kind) {
    case 'image':
      return before === undefined ? (
        <img
          src={url}
          alt={alt}
          onError={onError}
          onLoad={({ currentTarget }) =>
            onSize(currentTarget.naturalWidth, currentTarget.naturalHeight)
          }
        />
      ) : (
        <Compare before={before} after={url} alt={alt} onError={onError} onSize={onSize} />
      )
    case 'video':
      // oxlint-disable-next-line jsx-a11y/media-has-caption -- the service makes no captions
      return <video src={url} controls aria-label={alt} onError={onError} />
    case 'audio':
      // oxlint-disable-next-line jsx-a11y/media-has-caption -- the service makes no captions
      return <audio src={url} controls aria-label={alt} onError={onError} />
    case 'file':
      return (
        <p className="file-result">
          <FileIcon size={22} strokeWidth={1.5} aria-hidden="true" /> {fileNameOf(model, url, 1)}
        </p>
      )
  }
}
