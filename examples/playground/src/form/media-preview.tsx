import { FileIcon, FilmIcon, ImageIcon, Music, X } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { FramePreview } from '../frame/frame-preview.tsx'
import type { Ratio } from '../frame/ratio.ts'
import { kindOf, megabytes, type MediaKind } from './check-file.ts'
import type { MediaFile } from './media-files.ts'
import { useObjectUrl } from './use-object-url.ts'

interface MediaPreviewProps {
  readonly file: MediaFile
  /** The kind that the field takes. The file's own kind comes first. */
  readonly kind: MediaKind
  readonly frame: Ratio | undefined
  /** Whether the file is one of several. */
  readonly isSmall: boolean
  readonly onRemove: () => void
}

/** A chosen file: a thumbnail by its kind, its name, its size, and a button that removes it. */
export function MediaPreview(props: MediaPreviewProps): ReactElement {
  const { file, frame, isSmall, onRemove } = props
  const url = useObjectUrl(file)
  const name = typeof file === 'string' ? file : file.name
  const kind = kindOf(file) ?? props.kind
  return (
    <div className="media" data-kind={kind}>
      {url !== undefined && (
        <Thumbnail key={url} url={url} name={name} kind={kind} {...{ frame, isSmall }} />
      )}
      <div className="media-line">
        <span className="media-name" title={name}>
          {name}
        </span>
        {typeof file !== 'string' && <span className="hint">{megabytes(file.size)}</span>}
        <Button className="icon-button" aria-label={`Remove ${name}`} onPress={onRemove}>
          <X size={16} aria-hidden="true" />
        </Button>
      </div>
    </div>
  )
}

interface ThumbnailProps extends Pick<MediaPreviewProps, 'kind' | 'frame' | 'isSmall'> {
  readonly url: string
  readonly name: string
}

const ICONS = { image: ImageIcon, video: FilmIcon, audio: Music, file: FileIcon }

function Thumbnail({ url, name, kind, frame, isSmall }: ThumbnailProps): ReactElement {
  const [isBroken, setBroken] = useState(false)
  const onError = (): void => setBroken(true)
  if (kind === 'image' && !isSmall) {
    return <FramePreview src={url} name={name} frame={frame} />
  }
  if (kind === 'image' && !isBroken) {
    return <img className="thumbnail" src={url} alt="" onError={onError} />
  }
  if (kind === 'video' && !isBroken) {
    return (
      // oxlint-disable-next-line jsx-a11y/media-has-caption -- the user chose this file, and it has no captions
      <video className="media-player" src={url} controls aria-label={name} onError={onError} />
    )
  }
  if (kind === 'audio' && !isBroken) {
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- the user chose this file, and it has no captions
    return <audio className="media-player" src={url} controls aria-label={name} onError={onError} />
  }
  const Icon = ICONS[kind]
  return (
    <div className="thumbnail thumbnail-icon">
      <Icon size={28} strokeWidth={1.5} aria-hidden="true" />
    </div>
  )
}
