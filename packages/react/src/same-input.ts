/** Whether two inputs are equal as JSON and hold the same File and Blob objects. */
export function isSameInput(one: unknown, other: unknown): boolean {
  const files: unknown[] = []
  const toText = (input: unknown): string =>
    JSON.stringify(input, (_, value: unknown) => {
      if (!(value instanceof Blob)) {
        return value
      }
      if (!files.includes(value)) {
        files.push(value)
      }
      return { file: files.indexOf(value) }
    })
  try {
    return toText(one) === toText(other)
  } catch {
    // The client refuses an input that JSON cannot hold.
    return false
  }
}

/** Events that a person causes, and that an effect does not. */
const USER_EVENTS = ['click', 'keydown', 'change', 'drop', 'paste']

let userEvents = NaN

/** The number of actions of a person on the page. NaN without a window, as in React Native. */
export function countUserEvents(): number {
  if (Number.isNaN(userEvents) && typeof window === 'object' && window.addEventListener) {
    userEvents = 0
    const count = (): void => {
      userEvents += 1
    }
    for (const type of USER_EVENTS) {
      window.addEventListener(type, count, true)
    }
  }
  return userEvents
}
