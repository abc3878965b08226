import { useState, type ReactElement } from 'react'
import * as Slider from 'react-compare-slider/components'
import { useReactCompareSlider } from 'react-compare-slider/hooks'

interface CompareProps {
  readonly before: string
  readonly after: string
  readonly alt: string
  readonly onSize: (width: number, height: number) => void
  readonly onError: () => void
}

/**
 * Two pictures under one slider. Both are whole and centred in the shape of the result, so a
 * picture in a new frame has the same scale before and after.
 */
export function Compare({ before, after, alt, onSize, onError }: CompareProps): ReactElement {
  const [size, setSize] = useState({ width: 1, height: 1 })
  const { width, height } = size
  const slider = useReactCompareSlider()
  return (
    <Slider.Provider {...slider}>
      <Slider.Root
        className="compare"
        style={{
          aspectRatio: `${width} / ${height}`,
          width: `min(100%, ${width > 1 ? `${width}px` : '100%'}, calc(var(--large) * ${width / height}))`,
        }}
      >
        <Slider.Item item="itemOne" className="compare-item">
          <img src={before} alt="Before: the picture in the input" />
          <span className="tag compare-before">Before</span>
        </Slider.Item>
        <Slider.Item item="itemTwo" className="compare-item">
          <img
            src={after}
            alt={alt}
            onError={onError}
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
              setSize({ width: naturalWidth, height: naturalHeight })
              onSize(naturalWidth, naturalHeight)
            }}
          />
          <span className="tag compare-after">After</span>
        </Slider.Item>
        <Slider.HandleRoot aria-label="Before and after" className="compare-handle">
          <Slider.Handle />
        </Slider.HandleRoot>
      </Slider.Root>
    </Slider.Provider>
  )
}
