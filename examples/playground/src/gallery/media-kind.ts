import type { OutputKind } from '@apikley/types'

export type MediaKind = 'image' | 'video' | 'audio' | 'file'

const EXTENSIONS = [
  ['image', /\.(png|jpe?g|webp|gif|avif|svg)$/i],
  ['video', /\.(mp4|webm|mov|m4v)$/i],
  ['audio', /\.(mp3|wav|ogg|m4a|flac|aac)$/i],
] as const

/** The kind of a result by the extension of its URL. Without an extension the model decides. */
export function mediaKindOf(url: string, output?: OutputKind): MediaKind {
  const path = pathOf(url)
  const kind = EXTENSIONS.find(([, extension]) => extension.test(path))?.[0]
  if (kind !== undefined) {
    return kind
  }
  const isMedia = output === 'image' || output === 'video' || output === 'audio'
  return isMedia && !path.includes('.') ? output : 'file'
}

/**
 * The name of a result on disk. Pictures, videos and sounds are named after their model, because
 * the service numbers them. Other files keep their names.
 */
export function fileNameOf(model: string, url: string, number: number): string {
  const path = pathOf(url)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (mediaKindOf(url) === 'file' && name.includes('.')) {
    return name
  }
  return `${nameOf(model)}-${number}${/\.[a-z0-9]{2,5}$/i.exec(path)?.[0] ?? ''}`
}

/** A model's id as a part of a file name. */
export function nameOf(model: string): string {
  return model.replaceAll(/[^\w.-]+/g, '-')
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}
