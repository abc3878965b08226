/**
 * The part of the Web Locks API that the hooks use: exclusive locks, and `signal`. All pages of a
 * test share it.
 */
export class FakeLocks {
  readonly #queues = new Map<string, (() => void)[]>()

  /** Calls `hold` when the lock is free, and keeps the lock until its promise settles. */
  async request(
    name: string,
    { signal }: { readonly signal?: AbortSignal },
    hold: () => Promise<unknown>,
  ): Promise<unknown> {
    signal?.throwIfAborted()
    const queue = this.#queues.get(name) ?? []
    this.#queues.set(name, queue)
    let grant = (): void => {}
    await new Promise<void>((resolve, reject) => {
      grant = resolve
      queue.push(grant)
      signal?.addEventListener('abort', () => {
        const index = queue.indexOf(grant)
        // The holder stays the first one.
        if (index > 0) {
          queue.splice(index, 1)
          reject(signal.reason)
        }
      })
      if (queue.length === 1) {
        grant()
      }
    })
    return hold().finally(() => this.#release(queue, grant))
  }

  /** Takes every lock from the page that holds it, as a browser does when the page is closed. */
  closeHolders(): void {
    for (const queue of this.#queues.values()) {
      this.#release(queue, queue[0])
    }
  }

  /** The names of the locks that a page holds. */
  get held(): string[] {
    return [...this.#queues].filter(([, queue]) => queue.length > 0).map(([name]) => name)
  }

  #release(queue: (() => void)[], holder: (() => void) | undefined): void {
    if (queue[0] === holder) {
      queue.shift()
      queue[0]?.()
    }
  }
}
