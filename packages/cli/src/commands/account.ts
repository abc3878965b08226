import type { Context } from '../context.ts'
import { openFile } from '../input.ts'
import { resolve } from 'node:path'

export async function showCredits({ output, session, signal }: Context): Promise<void> {
  const { apikley, ledger } = await session()
  const credits = await apikley.credits({ signal })
  const { tasks, credits: used } = ledger.usage()
  const today = `This machine counted ${tasks} tasks and ${used} credits in 24 hours.`
  const line = { type: 'credits', credits, counted: { tasks, credits: used } }
  output.result(line, `${credits} credits. ${today}`)
}

export async function uploadFiles(
  { host, output, session, signal }: Context,
  paths: readonly string[],
): Promise<void> {
  const { apikley } = await session()
  for (const path of paths) {
    output.status(`Uploading ${path}`)
    const { file } = await openFile(resolve(host.cwd, path))
    const { url, fileName, size, mimeType, expiresAt } = await apikley.files.upload(file, {
      signal,
    })
    output.result({ type: 'upload', path, url, fileName, size, mimeType, expiresAt }, url)
  }
}
