import type { ModelId } from '@apikley/types'
import type { JsonObject } from '../document.ts'

/**
 * Makes the files of a task. Called once, when the task is accepted; what it throws makes the task
 * fail, with the error's message.
 */
export type Render = (job: RenderJob) => Promise<readonly RenderedFile[]> | readonly RenderedFile[]

export interface RenderJob {
  readonly taskId: string
  readonly model: ModelId | (string & {})
  readonly input: JsonObject
  /** A file that was uploaded to this simulator, by its address; nothing when there is none. */
  read(url: string): RenderedFile | undefined
}

export interface RenderedFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** For instance `image/png`. */
  readonly mimeType: string
}
