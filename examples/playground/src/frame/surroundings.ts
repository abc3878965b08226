import type { Ratio } from './ratio.ts'

/** What a new frame adds to a picture that stays whole inside it. */
export interface Surroundings {
  readonly where: 'nowhere' | 'above and below' | 'on both sides'
  /** The new part of the frame's area, from 0 to 1. */
  readonly share: number
}

export function surroundingsOf(picture: Ratio, frame: Ratio): Surroundings {
  const [is, becomes] = [picture.width / picture.height, frame.width / frame.height]
  const share = 1 - Math.min(is, becomes) / Math.max(is, becomes)
  // Less than half a percent is rounding.
  if (share < 0.005) {
    return { where: 'nowhere', share: 0 }
  }
  return { where: becomes < is ? 'above and below' : 'on both sides', share }
}
