type Area = 'localStorage' | 'sessionStorage'

/** Reads a stored text. Returns null if the browser forbids the access. */
export function readStored(area: Area, key: string): string | null {
  try {
    return window[area].getItem(key)
  } catch {
    return null
  }
}

/** Stores a text. If that fails, the page keeps its own copy while it is open. */
export function store(area: Area, key: string, text: string): void {
  try {
    window[area].setItem(key, text)
  } catch {
    // The page has the text.
  }
}

/** Reads stored JSON, which another version of the page may have written. */
export function readJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}
