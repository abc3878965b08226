import type { JsonObject } from '../document.ts'

/** Models whose answer is a text or an object rather than files. */
const texts = /speech-to-text|detection/

/**
 * How many files a task gives when nothing else is said: what its input asks for, within reason.
 */
export function countOf(model: string, input: JsonObject): number {
  if (texts.test(model) || model === 'sora-2-characters') {
    return 0
  }
  const asked = Number(input.num_images ?? input.max_images ?? 1)
  return Number.isInteger(asked) && asked >= 1 && asked <= 15 ? asked : 1
}

/**
 * What `resultJson` holds, in the shapes that are documented or reported for the models that
 * differ.
 */
export function resultOf(
  taskId: string,
  model: string,
  input: JsonObject,
  urls: readonly string[],
): JsonObject {
  if (model === 'sora-2-characters') {
    return { character_id: `char_${taskId.slice(0, 16)}` }
  }
  if (texts.test(model)) {
    return { resultObject: { text: `A simulated answer of ${model}` } }
  }
  if (input.return_last_frame === true) {
    return { resultUrls: urls, firstFrameUrl: urls, lastFrameUrl: urls }
  }
  return { resultUrls: urls }
}
