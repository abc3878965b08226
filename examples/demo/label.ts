/**
 * Letters as strokes on a grid of 4 by 8, with the baseline at 6. A machine without fonts can draw
 * them.
 */
const strokes: Readonly<Record<string, string>> = {
  a: 'M4 2V6M4 4Q4 2 2 2T0 4T2 6T4 4',
  d: 'M4 0V6M4 4Q4 2 2 2T0 4T2 6T4 4',
  e: 'M0 4H4Q4 2 2 2T0 4T2 6Q3.2 6 3.8 5.2',
  i: 'M2 2V6M2 0V0.1',
  l: 'M2 0V5Q2 6 3 6',
  m: 'M0 6V2M0 3Q0.2 2 1 2T2 3V6M2 3Q2.2 2 3 2T4 3V6',
  s: 'M3.6 2.6Q3 2 2 2Q0.4 2 0.4 3T2 4T3.6 5T2 6Q0.8 6 0.4 5.4',
  t: 'M2 0V5Q2 6 3.2 6M0.8 2H3.4',
  u: 'M0 2V4Q0 6 2 6T4 4M4 2V6',
}

/**
 * A word on a dark ground, as SVG.
 *
 * @param height of the letters, in pixels
 */
export function label(
  word: string,
  height: number,
): { readonly svg: string; readonly width: number; readonly height: number } {
  const advance = 5.6
  const [wide, high] = [word.length * advance + 2.4, 10]
  const scale = height / 6
  const letters = [...word].map(
    (letter, index) =>
      `<path transform="translate(${2 + index * advance} 2)" d="${strokes[letter] ?? ''}"/>`,
  )
  const size = { width: Math.round(wide * scale), height: Math.round(high * scale) }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${wide} ${high}">
<rect width="${wide}" height="${high}" rx="2" fill="#000" fill-opacity="0.55"/>
<g fill="none" stroke="#fff" stroke-width="0.8" stroke-linecap="round" stroke-linejoin="round">${letters.join('')}</g></svg>`
  return { svg, ...size }
}
