import { createServer } from 'node:http'
import { buffer, json } from 'node:stream/consumers'

/** A service on loopback that counts what is bought. Pictures are known by their content. */
export interface CountingService {
  readonly url: string
  /** The tasks that were accepted, by picture. */
  readonly bought: ReadonlyMap<string, readonly string[]>
  readonly looks: number
  /** What becomes of creates: answered, or accepted without an answer. */
  mute: boolean
  stop(): Promise<void>
}

/**
 * Its tasks take `duration` ms. `onCreate` is called when a task has been accepted, before the
 * answer leaves.
 */
export async function startService(
  duration: number,
  onCreate: (count: number) => void = () => {},
): Promise<CountingService> {
  const bought = new Map<string, string[]>()
  const ends = new Map<string, number>()
  const state = { looks: 0, mute: false }
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
    const answer = (data: unknown): void =>
      void response.end(JSON.stringify({ code: 200, msg: 'success', data }))
    if (pathname === '/file-upload/api/file-stream-upload') {
      const picture = /picture \d+/.exec((await buffer(request)).toString())?.[0] ?? ''
      const file = {
        fileName: picture,
        filePath: picture,
        fileSize: picture.length,
        mimeType: 'image/png',
      }
      answer({
        ...file,
        downloadUrl: `https://files.example.com/${picture}`,
        uploadedAt: new Date().toISOString(),
      })
    } else if (request.method === 'POST') {
      const { input }: { input?: { image_url?: string } } = Object(await json(request))
      const taskId = crypto.randomUUID()
      const picture = decodeURI(new URL(input?.image_url ?? '').pathname.slice(1))
      bought.set(picture, [...(bought.get(picture) ?? []), taskId])
      ends.set(taskId, Date.now() + duration)
      onCreate(ends.size)
      if (!state.mute) {
        answer({ taskId })
      }
    } else {
      state.looks++
      const taskId = searchParams.get('taskId') ?? ''
      const ended = Date.now() >= (ends.get(taskId) ?? Infinity)
      const resultJson = JSON.stringify({
        resultUrls: [`https://files.example.com/${taskId}.webp`],
      })
      answer({
        taskId,
        model: 'ideogram/v3-reframe',
        state: ended ? 'success' : 'generating',
        ...(ended ? { resultJson } : {}),
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    bought,
    get looks() {
      return state.looks
    },
    get mute() {
      return state.mute
    },
    set mute(mute) {
      state.mute = mute
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
