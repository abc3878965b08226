/**
 * A field name of the API as people read it. A field that accepts the URL of a file has the name of
 * the file.
 */
export function labelOf(name: string): string {
  const words = name
    .trim()
    .replace(/_urls?$/, (ending) => (ending === '_urls' ? 's' : ''))
    .replace(/^num_/, 'number of ')
    .replaceAll('_', ' ')
    .replace(/\bid\b/, 'ID')
  return capitalize(words)
}

/**
 * An enum value as people read it: `portrait_16_9` is `Portrait 16:9`, `TURBO` is `Turbo`, and `hd`
 * is `HD`. Codes and ids stay as they are.
 */
export function optionLabel(value: string | number | boolean): string {
  const text = String(value).trim()
  const isCode = /\d[a-z]$|\d{3}|\W/i.test(text) || /[a-z].*[A-Z]|[A-Z].*[a-z]/.test(text)
  if (isCode || !/[a-z]/i.test(text)) {
    return text
  }
  const words = text
    .toLowerCase()
    .replace(/_(\d+)_(\d+)$/, ' $1:$2')
    .replaceAll('_', ' ')
    .replace(/\bhd\b/, 'HD')
  return capitalize(words)
}

function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
