import audioUrl from '../../../assets/sample.mp3?url&no-inline'
import imageUrl from '../../../assets/sample.jpg?url'
import videoUrl from '../../../assets/sample.mp4?url&no-inline'
import type { MediaKind } from '../form/check-file.ts'

const SAMPLES = {
  image: { url: imageUrl, name: 'sample.jpg', type: 'image/jpeg' },
  video: { url: videoUrl, name: 'sample.mp4', type: 'video/mp4' },
  audio: { url: audioUrl, name: 'sample.mp3', type: 'audio/mpeg' },
}

/** Loads a sample file of a kind: a picture, a video of 1 s or a sound of 0.2 s. */
export async function loadSample(kind: MediaKind): Promise<File> {
  const { url, name, type } = SAMPLES[kind === 'file' ? 'image' : kind]
  const response = await fetch(url)
  return new File([await response.blob()], name, { type })
}
