/**
 * What a result is called on disk: the model's name, the number of the result, and the ending of
 * its address.
 */
export function fileNameOf(model: string, url: string, number: number): string {
  const ending = URL.canParse(url)
    ? (/\.[a-z0-9]{2,5}$/i.exec(new URL(url).pathname)?.[0] ?? '')
    : ''
  return `${model.replaceAll(/[^\w.-]+/g, '-')}-${number}${ending}`
}
