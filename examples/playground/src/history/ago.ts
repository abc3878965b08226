const format = (value: number, unit: Intl.RelativeTimeFormatUnit): string =>
  new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(-value, unit)

/** How long ago something was, in words: `5 minutes ago`. Times in Unix ms. */
export function agoLabel(time: number, now: number): string {
  const minutes = Math.floor((now - time) / 60_000)
  if (minutes < 1) {
    return 'just now'
  }
  if (minutes < 60) {
    return format(minutes, 'minute')
  }
  if (minutes < 48 * 60) {
    return format(Math.floor(minutes / 60), 'hour')
  }
  return format(Math.floor(minutes / 60 / 24), 'day')
}
