import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repository } from '../scratch.ts'

/** What the packages may cost; `budgets.yaml` says of each what it is. */
export interface Budgets {
  /** `beyond`: what an application has anyway, and is not counted. */
  bundles: { name: string; from: string; import: string; beyond?: string[]; limit: number }[]
  types: { name: string; program: string; limit: number }[]
  installed: { all: number; ours: number }
}

export async function readBudgets(): Promise<Budgets> {
  return parse(await readFile(join(repository, 'budgets.yaml'), 'utf8'))
}
