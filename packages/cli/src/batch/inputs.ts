import { readFile } from 'node:fs/promises'
import { UsageError } from '../errors.ts'
import { digestOf, isObject, parseObject } from '../input.ts'

/** One input of a batch. */
export interface Item {
  /** A digest of model, input and take: the same in each run of the batch. */
  readonly id: string
  /** In the file of inputs, from 1. */
  readonly line: number
  readonly model: string
  readonly input: Readonly<Record<string, unknown>>
  readonly take: string
}

/**
 * Reads a file of JSON lines: `{ "model", "input", "take"? }`. Equal inputs without a `take` are
 * numbered, so that each creates a task.
 *
 * @throws {UsageError} with the number of a line that is wrong
 */
export async function readInputs(path: string): Promise<Item[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`The inputs cannot be read: ${error.message}. Nothing was sent.`)
  })
  const counts = new Map<string, number>()
  return text.split('\n').flatMap((row, index) => {
    if (row.trim() === '') {
      return []
    }
    const { model, input, take } = parseObject(row) ?? {}
    if (typeof model !== 'string' || !isObject(input)) {
      throw new UsageError(
        `Line ${index + 1} of ${path} is not {"model": …, "input": {…}}. Nothing was sent.`,
      )
    }
    const name = digestOf([model, input])
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const own = take === undefined ? String(count) : String(take)
    return { id: digestOf([model, input, own]), line: index + 1, model, input, take: own }
  })
}
