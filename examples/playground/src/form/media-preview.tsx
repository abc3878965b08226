import { X } from 'lucide-react'
import type { ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { FramePreview } from '../frame/frame-preview.tsx'
import type { Ratio } from '../frame/ratio.ts'
import { megabytes, type mediaKind } from './check-file.ts'
import type { MediaFile } from './media-files.ts'
import { useObjectUrl } from './use-object-url.ts'

interface MediaPreviewProps {
  readonly file: MediaFile
  readonly kind: ReturnType<typeof mediaKind>
  readonly frame: Ratio | undefined
  readonly onRemove: () => void
}

/** A file that was chosen: what it looks or sounds like, its name, and a way to get rid of it. */
export function MediaPreview({ file, kind, frame, onRemove }: MediaPreviewProps): ReactElement {
  const url = useObjectUrl(file)
  const name = typeof file === 'string' ? file : file.name
  return (
    <div className="media">
      {url !== undefined && kind === 'image' && (
        <FramePreview src={url} name={name} frame={frame} />
      )}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- it is what the user has just chosen, and nobody has captions for it */}
      {url !== undefined && kind === 'video' && (
        <video className="media-player" src={url} controls aria-label={name} />
      )}
      {url !== undefined && kind === 'audio' && (
        <audio className="media-player" src={url} controls aria-label={name} />
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
