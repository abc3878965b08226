import { expect, test } from 'vitest'
import { fetchThrough, model } from './requests.ts'
import { input, proxyUrl, world } from 'test-kit/world'

test('A run with a file uploads it, creates one task and gets the result.', async () => {
  const { clock, page, simulator, asked } = world()
  const file = new File(['bytes of a picture'], 'cat é.png', { type: 'image/png' })
  const running = page.run(model, { ...input, image_url: file })
  const { taskId, urls, task } = await clock.settle(running)
  expect(urls).toHaveLength(1)
  const hidden = { param: undefined, creditsConsumed: undefined }
  expect(task).toMatchObject({ taskId, state: 'success', ...hidden })
  expect(simulator.journal.tasks).toHaveLength(1)
  const [created] = simulator.journal.tasks
  expect(taskId).toMatch(new RegExp(`^${created?.taskId}\\.[\\w-]{43}$`))
  const paths = asked.map(({ method, url }) => `${method} ${url.replace(proxyUrl, '')}`)
  // The key is made while the file is uploaded.
  expect(paths.slice(0, 2).sort()).toEqual([
    expect.stringMatching(/^POST \/files\?fileName=[0-9a-f]{16}-cat-.png$/),
    'POST /keys',
  ])
  expect(paths[2]).toBe('POST /tasks')
  expect(new Set(paths.slice(3))).toEqual(new Set([`GET /tasks/${taskId}`]))
  expect(asked.every(({ headers }) => headers.get('authorization') === null)).toBe(true)
})

test('A task whose result cannot be read ends the wait of a page after 4 polls.', async () => {
  const { clock, page, simulator, asked } = world()
  const { taskId } = await clock.settle(page.tasks.create(model, input))
  const data = { taskId: taskId.split('.')[0], model, state: 'success', resultJson: '{}' }
  const fault = { fault: 'code', code: 200, data, times: 'always' } as const
  simulator.control.addFaults({ operation: 'get-task-details', ...fault })
  asked.length = 0
  const waiting = clock.settle(page.tasks.wait(taskId))
  const message = expect.stringMatching(/was charged, but its result cannot be read/)
  const error = { kind: 'unexpected-response', charge: 'charged', taskId, message }
  await expect(waiting).rejects.toMatchObject(error)
  expect(asked).toHaveLength(4)
})

test('The service downloads a file from a URL.', async () => {
  const fetchFile = async () => new Response('bytes', { headers: { 'content-type': 'image/png' } })
  const { clock, page } = world({ uploads: { fromUrl: true } }, { fetchFile })
  const uploading = page.files.uploadFromUrl('https://files.example.com/cat.png')
  const { size, fileName } = await clock.settle(uploading)
  expect(size).toBe(5)
  expect(fileName).toMatch(/cat\.png$/)
})

test('A result is saved from its URL, or by a download link if CORS blocks the URL.', async () => {
  const { clock, pageOf, proxy, simulator } = world()
  let isBlocked = false
  const page = pageOf('ann', {
    fetch: async (target, init) => {
      const url = String(target)
      if (url.startsWith(proxyUrl)) {
        return fetchThrough(proxy.fetch)(url, init)
      }
      if (isBlocked && !url.includes('expires=')) {
        throw new TypeError('Failed to fetch')
      }
      return simulator.fetch(url, init)
    },
  })
  const { urls } = await clock.settle(page.run(model, input))
  const [url = ''] = urls
  const bytes = await (await clock.settle(page.files.save(url))).text()
  expect(bytes).not.toBe('')
  isBlocked = true
  expect(await (await clock.settle(page.files.save(url))).text()).toBe(bytes)
  const operations = simulator.journal.requests.map(({ operation }) => operation)
  expect(operations.filter((operation) => operation === 'download-url')).toHaveLength(1)
})
