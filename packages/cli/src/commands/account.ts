import type { Context } from '../context.ts'
import { openFile } from '../input.ts'

export async function showCredits({ output, session, signal }: Context): Promise<void> {
  const { apikley, ledger } = await session()
  const credits = await apikley.credits({ signal })
  const counted = ledger.usage()
  const today = `This machine counted ${counted.tasks} tasks and ${counted.credits} credits in 24 hours.`
  output.result({ type: 'credits', credits, counted }, `${credits} credits. ${today}`)
}

export async function uploadFiles(
  { output, session, signal, resolvePath }: Context,
  paths: readonly string[],
): Promise<void> {
  const { apikley } = await session()
  for (const path of paths) {
    output.status(`Uploading ${path}`)
    const { file } = await openFile(await resolvePath(path))
    const { url, fileName, size, mimeType, expiresAt } = await apikley.files.upload(file, {
      signal,
    })
    output.result({ type: 'upload', path, url, fileName, size, mimeType, expiresAt }, url)
  }
}
