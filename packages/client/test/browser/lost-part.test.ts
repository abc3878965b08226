import { createServer, type Server } from 'node:http'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { launchChromium } from '../../../../scripts/chromium.ts'
import { bundleForPage } from '../../../../scripts/packages/page.ts'

let server: Server
let browser: Awaited<ReturnType<typeof launchChromium>>
let address: string
/** What happens to the part with the calls. */
let part: 'served' | 'lost on the way' | 'gone' | 'a page in its place'
let creates: number

const answers: Record<string, object> = {
  '/api/apikley/api/v1/jobs/createTask': { taskId: 'task_1' },
  '/api/apikley/api/v1/jobs/recordInfo': {
    taskId: 'task_1',
    model: 'ideogram/v3-reframe',
    state: 'success',
    resultJson: '{"resultUrls":["a"]}',
  },
}

beforeAll(async () => {
  const { atOnce, onDemand } = await bundleForPage(
    `import { createApikley } from '@apikley/client'
    const apikley = createApikley()
    const input = { image_url: 'https://files.example.com/a.png', image_size: 'square' }
    globalThis.run = () => apikley.run('ideogram/v3-reframe', input).then(({ taskId }) => taskId, (error) => error.kind + ': ' + error.message)`,
    join(import.meta.dirname, '../..'),
    true,
  )
  const files = new Map(
    [...atOnce, ...onDemand].map(({ path, text }) => [`/${basename(path)}`, text]),
  )
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://page')
    if (pathname.endsWith('createTask')) {
      creates++
    }
    const file = files.get(pathname)
    const answer = answers[pathname]
    const hit = pathname.startsWith('/calls-') ? part : 'served'
    request.resume()
    if (hit === 'lost on the way') {
      request.destroy()
    } else if (hit === 'gone') {
      response.writeHead(404).end()
    } else if (answer) {
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ code: 200, msg: 'success', data: answer }))
    } else if (file !== undefined && hit === 'served') {
      response.setHeader('content-type', 'text/javascript').end(file)
    } else {
      response
        .setHeader('content-type', 'text/html')
        .end('<script type=module src=/stdin.js></script>')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  address = `http://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}/`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

beforeEach(() => {
  part = 'served'
  creates = 0
})

test.each(['lost on the way', 'gone', 'a page in its place'] as const)(
  'when the part with the calls is %s, nothing is bought; when it is there again, one task is',
  async (loss) => {
    const page = await browser.newPage()
    await page.goto(address)
    part = loss
    expect(await page.evaluate('run()')).toMatch(/^connection: .*nothing was sent.*reload the page/)
    expect(creates).toBe(0)
    part = 'served'
    // A browser that keeps the failure of a module would have to load the page again.
    expect(await page.evaluate('run()')).toBe('task_1')
    expect(creates).toBe(1)
    await page.close()
  },
)
