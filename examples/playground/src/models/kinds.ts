import type { OutputKind } from '@apikley/types'

/** The kinds of results, in the order of the model list, with their names. */
export const KINDS: Readonly<Record<OutputKind, string>> = {
  image: 'Pictures',
  video: 'Videos',
  audio: 'Sound',
  text: 'Text',
  object: 'Data',
}
