/**
 * Calls a function of the application and waits until the signal aborts. Every failure becomes a
 * plain `Error`: an ApikleyError of the application's own client is not an error of this request.
 *
 * @param name names the function in the error, which has the original error as its `cause`
 */
export async function callWithDeadline<T>(
  name: string,
  call: () => T | Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    return await Promise.race([aborted, (async () => call())()])
  } catch (cause) {
    throw new Error(`${name} ${signal.aborted ? 'timed out' : 'failed'}`, { cause })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
