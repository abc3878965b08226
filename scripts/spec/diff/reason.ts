import { RULES, type Rule } from './rules.ts'

/** A step of semantic versioning; `none` means that there is no change. */
export type Bump = 'none' | 'patch' | 'minor' | 'major'

/** A finding that calls for a version. */
export type Reason = {
  rule: Rule
  bump: Bump
  message: string
  /** Whether it is a change of our code. Its author writes the changeset. */
  isHandWritten?: boolean
}

export const reason = (rule: Rule, message: string): Reason => ({
  rule,
  bump: RULES[rule][0],
  message,
})

export const BUMPS: Bump[] = ['none', 'patch', 'minor', 'major']

export function highest(bumps: Bump[]): Bump {
  return BUMPS.findLast((bump) => bumps.includes(bump)) ?? 'none'
}

/** The items that two versions have in common. */
export function inBoth<Item>(
  before: Map<string, Item>,
  after: Map<string, Item>,
): [key: string, old: Item, now: Item][] {
  return [...before].flatMap(([key, old]): [string, Item, Item][] => {
    const now = after.get(key)
    return now === undefined ? [] : [[key, old, now]]
  })
}

export const byId = <Item extends { id: string }>(items: Item[]): Map<string, Item> =>
  new Map(items.map((item) => [item.id, item]))
