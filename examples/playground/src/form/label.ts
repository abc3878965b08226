/**
 * A name of the API as people read it. A field that takes a file is named by the file, not by its
 * address.
 */
export function labelOf(name: string): string {
  const words = name
    .trim()
    .replace(/_urls?$/, (ending) => (ending === '_urls' ? 's' : ''))
    .replace(/^num_/, 'number of ')
    .replaceAll('_', ' ')
  return capital(words)
}

/**
 * A value of an enum as people read it: `portrait_16_9` is `Portrait 16:9`, `TURBO` is `Turbo`,
 * `hd` stays an abbreviation.
 */
export function optionLabel(value: string | number | boolean): string {
  const text = String(value).trim()
  if (!/[a-z]/i.test(text) || /\d[a-z]$|[^\w]/i.test(text)) {
    return text
  }
  const words = text
    .toLowerCase()
    .replace(/_(\d+)_(\d+)$/, ' $1:$2')
    .replaceAll('_', ' ')
    .replace(/\bhd\b/, 'HD')
  return capital(words)
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
