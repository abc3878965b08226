import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repository } from '../scratch.ts'

/** What the packages may cost; `budgets.yaml` says of each what it is. */
export interface Budgets {
  /** `beyond` names a bundle that an application has anyway: what counts is how much that grows. */
  bundles: {
    name: string
    from: string
    import: string
    limit: number
    first?: number
    beyond?: string
  }[]
  types: { name: string; program: string; limit: number }[]
  installed: { all: number; ours: number }
}

export async function readBudgets(): Promise<Budgets> {
  return parse(await readFile(join(repository, 'budgets.yaml'), 'utf8'))
}
