/** How far a change goes, in the words of semantic versioning; `none` is no change at all. */
export type Bump = 'none' | 'patch' | 'minor' | 'major'

const order: Bump[] = ['none', 'patch', 'minor', 'major']

export function highest(bumps: Bump[]): Bump {
  return bumps.reduce(
    (high, bump) => (order.indexOf(bump) > order.indexOf(high) ? bump : high),
    'none',
  )
}

export function isBump(value: unknown): value is Bump {
  return typeof value === 'string' && order.some((bump) => bump === value)
}
