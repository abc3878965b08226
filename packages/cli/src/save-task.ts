import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { ApikleyError, type Apikley, type Task } from '@apikley/client'
import { models } from './models.ts'

/** Where results are saved by default. */
export const DEFAULT_NAME = '{model}-{task}-{index}.{ext}'

const EXTENSIONS: Readonly<Record<string, string>> = { image: 'png', video: 'mp4', audio: 'mp3' }

/**
 * Saves the results of a finished task: its files, or else its text or object.
 *
 * @param name a path with `{model}`, `{task}`, `{index}` and `{ext}`, or a folder that ends with /
 * @returns the paths
 */
export async function saveTask(
  { files }: Pick<Apikley, 'files'>,
  task: Task,
  name: string,
  folder: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const pathOf = (index: number, extension: string): string =>
    resolve(folder, fillName(name, task, index, extension))
  const paths: string[] = []
  for (const [index, url] of task.urls.entries()) {
    const path = pathOf(index, extensionOf(url, task.model))
    await mkdir(dirname(path), { recursive: true })
    paths.push(await files.save(url, path, { signal }))
  }
  if (paths.length === 0) {
    const isText = task.text !== ''
    const path = pathOf(0, isText ? 'txt' : 'json')
    await writeWhole(path, isText ? `${task.text}\n` : `${JSON.stringify(task.object)}\n`)
    paths.push(path)
  }
  return paths
}

function fillName(name: string, { model, taskId }: Task, index: number, ext: string): string {
  const values: Readonly<Record<string, string>> = { model, task: taskId, index: `${index}`, ext }
  const template = /[/\\]$/.test(name) ? name + DEFAULT_NAME : name
  // A value of the service must not leave the folder.
  return template.replaceAll(/\{(\w+)\}/g, (all, key: string) =>
    (values[key] ?? all).replaceAll(/[^\w.{}-]+/g, '-'),
  )
}

/** The extension of a URL, or that of the model's kind of result. */
function extensionOf(url: string, model: string): string {
  const found = extname(new URL(url).pathname).slice(1)
  const output = models.find(({ id }) => id === model)?.output ?? ''
  return /^[a-z\d]{1,5}$/i.test(found) ? found : (EXTENSIONS[output] ?? 'bin')
}

/** Writes a file completely, or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.${crypto.randomUUID()}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(part, text)
    await rename(part, path)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `${path} cannot be written: ${why}. Check its folder and free space.`
    throw new ApikleyError({ kind: 'configuration', message, cause })
  }
}
