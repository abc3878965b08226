/**
 * A value as TypeScript has it, over several lines where there is something to list.
 *
 * @param file the code that stands for a file
 * @param indent of the line that it begins on
 */
export function literal(
  value: unknown,
  file: (blob: Blob) => string = () => 'file',
  indent = '',
): string {
  if (value instanceof Blob) {
    return file(value)
  }
  if (typeof value === 'string') {
    return quoted(value)
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => literal(item, file, indent)).join(', ')}]`
  }
  if (typeof value !== 'object' || value === null) {
    return String(value)
  }
  const lines = Object.entries(value).map(
    ([key, item]) => `${indent}  ${keyOf(key)}: ${literal(item, file, `${indent}  `)},\n`,
  )
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
}

function quoted(text: string): string {
  const body = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
  return `'${body.replaceAll("'", String.raw`\'`)}'`
}
