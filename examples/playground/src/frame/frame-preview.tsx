import { useState, type ReactElement } from 'react'
import type { Ratio } from './ratio.ts'
import { surroundingsOf, type Surroundings } from './surroundings.ts'

interface FramePreviewProps {
  readonly src: string
  readonly name: string
  /** The new frame; without one the picture stands alone. */
  readonly frame: Ratio | undefined
}

/** In CSS pixels; how high a frame may become. */
const highest = 320

/**
 * A picture inside the frame that it will get. What is hatched is new, and for the model to make
 * up.
 */
export function FramePreview({ src, name, frame }: FramePreviewProps): ReactElement {
  const [size, setSize] = useState<Ratio>()
  const [isBroken, setBroken] = useState(false)
  const outer = frame ?? size ?? { width: 4, height: 3 }
  const around = size && frame ? surroundingsOf(size, frame) : undefined
  return (
    <figure className="frame-preview">
      <div
        className="frame"
        data-framed={frame !== undefined}
        style={{
          aspectRatio: `${outer.width} / ${outer.height}`,
          width: `min(100%, ${Math.round((highest * outer.width) / outer.height)}px)`,
        }}
      >
        <img
          key={src}
          src={src}
          alt={`${name}, as it was chosen`}
          style={{
            width: around?.where === 'on both sides' ? `${(1 - around.share) * 100}%` : '100%',
          }}
          onLoad={({ currentTarget }) =>
            setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
          }
          onError={() => setBroken(true)}
        />
      </div>
      <figcaption className="hint">
        {isBroken ? 'This browser cannot show the picture.' : captionOf(size, frame, around)}
      </figcaption>
    </figure>
  )
}

function captionOf(
  size: Ratio | undefined,
  frame: Ratio | undefined,
  around: Surroundings | undefined,
): string {
  if (!size) {
    return 'Reading the picture…'
  }
  const own = `${size.width} × ${size.height}`
  if (!frame || !around) {
    return own
  }
  const shape = `new frame ${frame.width}:${frame.height}`
  if (around.where === 'nowhere') {
    return `${own}, ${shape}: nothing is added or cut off`
  }
  return `${own}, ${shape}: ${Math.round(around.share * 100)} % of it is new, ${around.where}; nothing is cut off`
}
