/**
 * What a callback says. Only its id is of use: anybody may have written the rest, signed or not.
 */
export interface Callback {
  readonly taskId: string
  /** The body, parsed. */
  readonly body: unknown
}

interface Ids {
  readonly taskId?: unknown
  readonly task_id?: unknown
}

/**
 * A callback, from the text of its body; nothing when it names no task. The id is `data.taskId`, or
 * `data.task_id` as older families of models have it, or one of these outside of `data`.
 *
 * @example
 * const callback = parseCallback(await request.text())
 * const task = callback && (await apikley.tasks.get(callback.taskId))
 */
export function parseCallback(text: string): Callback | undefined {
  try {
    const body: (Ids & { readonly data?: Ids | null }) | null = JSON.parse(text)
    for (const ids of [body?.data, body]) {
      for (const taskId of [ids?.taskId, ids?.task_id])
      // What no id looks like is not worth a request.
      {
        if (typeof taskId === 'string' && /^[!-~]{1,200}$/.test(taskId)) {
          return { taskId, body }
        }
      }
    }
  } catch {
    // Not JSON.
  }
  return undefined
}
