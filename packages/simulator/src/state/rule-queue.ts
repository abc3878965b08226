import type { Outcome } from '../scenario.ts'

/** Faults or outcomes in order. The first one that matches and is not used up applies. */
export class Rules<Rule extends Pick<Outcome, 'skip' | 'times' | 'chance'>> {
  readonly #random: () => number
  #entries: { readonly rule: Rule; skip: number; times: number }[] = []

  constructor(random: () => number) {
    this.#random = random
  }

  add(...rules: readonly Rule[]): void {
    for (const rule of rules) {
      const { skip = 0, times = 1 } = rule
      const limit = times === 'always' ? Number.POSITIVE_INFINITY : times
      this.#entries.push({ rule, skip, times: limit })
    }
  }

  clear(): void {
    this.#entries = []
  }

  /** The rule that applies now. Each call counts as one match. */
  take(matches: (rule: Rule) => boolean): Rule | undefined {
    for (const entry of this.#entries) {
      const { rule } = entry
      if (!matches(rule)) {
        continue
      }
      if (entry.skip > 0) {
        entry.skip--
        continue
      }
      if (rule.chance !== undefined && this.#random() >= rule.chance) {
        continue
      }
      entry.times--
      if (entry.times <= 0) {
        this.#entries = this.#entries.filter((other) => other !== entry)
      }
      return rule
    }
    return undefined
  }
}
