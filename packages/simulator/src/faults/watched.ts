/**
 * The same stream, whose end is told, whichever it is.
 *
 * @param over called when it closes, fails or is cancelled
 * @param cancelled called as well when it is cancelled
 */
export function watched(
  stream: ReadableStream<Uint8Array>,
  over: () => void,
  cancelled: () => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) {
            return controller.enqueue(value)
          }
          over()
          controller.close()
        } catch (error) {
          over()
          throw error
        }
      },
      cancel(reason) {
        over()
        cancelled()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
