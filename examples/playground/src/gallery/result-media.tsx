import { ImageOff } from 'lucide-react'
import { useState, type ReactElement } from 'react'

interface ResultMediaProps {
  readonly url: string
  readonly alt: string
  readonly onSize?: (width: number, height: number) => void
}

/** A result as what it is: a picture, a film or a sound, told by the ending of its address. */
export function ResultMedia({ url, alt, onSize }: ResultMediaProps): ReactElement {
  const [isGone, setGone] = useState(false)
  const path = URL.canParse(url) ? new URL(url).pathname : url
  if (isGone) {
    return (
      <p className="gone">
        <ImageOff size={22} strokeWidth={1.5} aria-hidden="true" /> It cannot be loaded any more
      </p>
    )
  }
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- the service gives none
  if (/\.(mp4|webm|mov)$/i.test(path)) {
    return <video src={url} controls aria-label={alt} onError={() => setGone(true)} />
  }
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- the service gives none
  if (/\.(mp3|wav|ogg|m4a)$/i.test(path)) {
    return <audio src={url} controls aria-label={alt} onError={() => setGone(true)} />
  }
  return (
    <img
      src={url}
      alt={alt}
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
        onSize?.(naturalWidth, naturalHeight)
      }
      onError={() => setGone(true)}
    />
  )
}
