/** How often a rule of a scenario applies. */
export interface Strikes {
  readonly skip?: number
  readonly times?: number | 'always'
  readonly chance?: number
}

/** Rules in order; each request or task gets the first one that matches and is not used up. */
export interface Rules<Rule extends Strikes> {
  add(...rules: Rule[]): void
  clear(): void
  take(matches: (rule: Rule) => boolean): Rule | undefined
  /** Rules that are not used up. */
  readonly left: readonly Rule[]
}

export function createRules<Rule extends Strikes>(random: () => number): Rules<Rule> {
  let entries: { rule: Rule; skip: number; times: number }[] = []
  return {
    add(...rules) {
      for (const rule of rules) {
        entries.push({
          rule,
          skip: rule.skip ?? 0,
          times: rule.times === 'always' ? Number.POSITIVE_INFINITY : (rule.times ?? 1),
        })
      }
    },
    clear() {
      entries = []
    },
    take(matches) {
      for (const entry of entries) {
        const { rule } = entry
        if (!matches(rule)) {
          continue
        }
        if (entry.skip > 0) {
          entry.skip--
          continue
        }
        if (rule.chance !== undefined && random() >= rule.chance) {
          continue
        }
        if (--entry.times <= 0) {
          entries = entries.filter((other) => other !== entry)
        }
        return rule
      }
      return undefined
    },
    get left() {
      return entries.map(({ rule }) => rule)
    },
  }
}
