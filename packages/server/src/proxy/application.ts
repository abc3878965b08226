/**
 * Calls a function of the application, and waits for it no longer than there is time. Whatever it
 * throws is its own, and nobody takes it for an error of the service, also where it used a client.
 *
 * @param name in the words of the error, which has what was thrown as its `cause`
 */
export async function ask<T>(
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
    throw new Error(`${name} ${signal.aborted ? 'did not answer in time' : 'failed'}`, { cause })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
