import type { ReactElement } from 'react'
import type { Ratio } from './ratio.ts'

/** In pixels; the longer side of the drawn shape. */
const side = 22

/** A small drawing of a shape. */
export function Shape({ ratio }: { readonly ratio: Ratio | undefined }): ReactElement {
  const { width, height } = ratio ?? { width: 1, height: 1 }
  const scale = side / Math.max(width, height)
  const [wide, high] = [width * scale, height * scale]
  const corner = (length: number): number => (side + 4 - length) / 2
  return (
    <svg className="shape" width={side + 4} height={side + 4} aria-hidden="true">
      <rect
        x={corner(wide)}
        y={corner(high)}
        width={wide}
        height={high}
        rx="2.5"
        strokeDasharray={ratio ? undefined : '3 3'}
      />
    </svg>
  )
}
