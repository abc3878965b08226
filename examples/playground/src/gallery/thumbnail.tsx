import { FileIcon, ImageOff, Music } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import type { MediaKind } from './media-kind.ts'

interface ThumbnailProps {
  readonly url: string
  readonly kind: MediaKind
  /** Empty if a label beside the thumbnail says it. */
  readonly alt: string
}

/** A result in small. */
export function Thumbnail({ url, kind, alt }: ThumbnailProps): ReactElement {
  const [isMissing, setMissing] = useState(false)
  const onError = (): void => setMissing(true)
  if (kind === 'image' && !isMissing) {
    return <img src={url} alt={alt} onError={onError} />
  }
  if (kind === 'video' && !isMissing) {
    return <video src={url} muted preload="metadata" aria-label={alt} onError={onError} />
  }
  const Icon = { image: ImageOff, video: ImageOff, audio: Music, file: FileIcon }[kind]
  return (
    <span className="thumbnail-icon">
      <Icon size={22} strokeWidth={1.5} aria-hidden="true" />
    </span>
  )
}
