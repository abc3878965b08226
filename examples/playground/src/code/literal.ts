/**
 * A value as TypeScript code.
 *
 * @param toCode the code of a file
 * @param indent the spaces before the line on which the value begins
 */
export function literal(
  value: unknown,
  toCode: (file: File) => string = () => 'file',
  indent = '',
): string {
  if (value instanceof File) {
    return toCode(value)
  }
  if (typeof value === 'string') {
    return quote(value)
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => literal(item, toCode, indent)).join(', ')}]`
  }
  if (typeof value !== 'object' || value === null) {
    return String(value)
  }
  const lines = Object.entries(value).map(
    ([key, item]) => `${indent}  ${formatKey(key)}: ${literal(item, toCode, `${indent}  `)},\n`,
  )
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`
}

function formatKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)
}

function quote(text: string): string {
  const body = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
  return `'${body.replaceAll("'", String.raw`\'`)}'`
}
