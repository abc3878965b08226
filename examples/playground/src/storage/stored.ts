type Storing = Pick<Window, 'localStorage'>

/** What is stored under a name. Some browsers forbid it to look: then it is nothing. */
export function readStored(window: Storing, key: string): string | null {
  try {
    return window.localStorage.getItem(key)
  } catch {
    return null
  }
}

/**
 * Stores a text for the next visit. Where there is no room, or it is forbidden, it lasts as long as
 * the page.
 */
export function store(window: Storing, key: string, text: string): void {
  try {
    window.localStorage.setItem(key, text)
  } catch {
    // The page has it.
  }
}
