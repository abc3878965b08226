import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, parseObject } from '../input.ts'
import type { OutputLine } from '../output.ts'
import { writeWhole } from '../save-task.ts'
import type { Item } from './inputs.ts'

/** `created` and a missing status are pending. The next run resends a `refused` item. */
export type Status = 'created' | 'saved' | 'failed' | 'refused' | 'unconfirmed'

export interface Progress {
  readonly status: Status
  readonly taskId?: string | undefined
  readonly files?: readonly string[] | undefined
  readonly credits?: number | undefined
  readonly error?: string | undefined
  readonly idempotencyKey?: string | undefined
}

/** The progress of each item, in `results.jsonl`. The last line of an item counts. */
export class Report {
  readonly #folder: string
  readonly #path: string
  readonly #progress = new Map<string, Progress>()

  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, 'results.jsonl')
    mkdirSync(folder, { recursive: true })
    const text = existsSync(this.#path) ? readFileSync(this.#path, 'utf8') : ''
    for (const row of text.split('\n')) {
      const line = parseObject(row)
      if (isProgress(line)) {
        this.#progress.set(line.item, line)
      }
    }
  }

  of({ id }: Item): Progress | undefined {
    return this.#progress.get(id)
  }

  /** Two processes may append. A line break in front ends a half line of a killed process. */
  add({ id, line, model, take }: Item, progress: Progress): OutputLine {
    const entry = { type: 'item', item: id, line, model, take, ...progress }
    this.#progress.set(id, progress)
    appendFileSync(this.#path, `\n${JSON.stringify(entry)}\n`)
    return entry
  }

  count(items: readonly Item[], status: Status | undefined): number {
    return items.filter((item) => this.of(item)?.status === status).length
  }

  /** Writes inputs that can be run again. Each has a new take, so it creates a new task. */
  async writeInputs(name: string, items: readonly Item[], statuses: Status[]): Promise<void> {
    const rows = items
      .filter((item) => statuses.some((status) => this.of(item)?.status === status))
      .map(({ model, input, take }) => JSON.stringify({ model, input, take: `${take}+` }))
    await writeWhole(join(this.#folder, name), rows.map((row) => `${row}\n`).join(''))
  }
}

function isProgress(line: unknown): line is Progress & { readonly item: string } {
  return isObject(line) && typeof line.item === 'string' && typeof line.status === 'string'
}
