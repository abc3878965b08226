import { describe, expect, test } from 'vitest'
import { input, proxyUrl, world } from 'test-kit/world'

describe('a page has the same client over a proxy', () => {
  test('a run with a file gives results, and the file is one of its own', async () => {
    const { clock, page, simulator, asked } = world()
    const file = new File(['bytes of a picture'], 'cat é.png', { type: 'image/png' })
    const { taskId, urls, task } = await clock.settle(
      page.run('ideogram/v3-reframe', { ...input, image_url: file }),
    )
    expect(urls).toHaveLength(1)
    expect(task).toMatchObject({
      taskId,
      state: 'success',
      param: undefined,
      creditsConsumed: undefined,
    })
    expect(simulator.journal.bought).toBe(1)
    const [bought] = simulator.journal.tasks
    expect(taskId).toMatch(new RegExp(`^${bought?.taskId}\\.[\\w-]{43}$`))
    expect(
      asked
        .map(
          ({ method, url }) =>
            `${method} ${url.replace(proxyUrl, '').replace(/[0-9a-f]{16}-/, '…')}`,
        )
        .slice(0, 2),
    ).toEqual([
      'POST /file-upload/api/file-stream-upload?fileName=…cat-.png',
      'POST /api/v1/jobs/createTask',
    ])
    expect(asked.every(({ headers }) => headers.get('authorization') === null)).toBe(true)
  })

  test('a task is looked at, watched, and waited for, by its handle', async () => {
    const { clock, page } = world()
    const { taskId } = await clock.settle(page.tasks.create('ideogram/v3-reframe', input))
    expect(await clock.settle(page.tasks.get(taskId))).toMatchObject({ taskId })
    const states: string[] = []
    const watching = async (): Promise<void> => {
      for await (const { state } of page.tasks.watch(taskId)) {
        states.push(state)
      }
    }
    await clock.settle(watching())
    expect(states.at(-1)).toBe('success')
    expect(await clock.settle(page.tasks.wait(taskId))).toMatchObject({ taskId, state: 'success' })
  })

  test('a file goes raw to the proxy and as a form to the service, with its bytes and its type', async () => {
    const { clock, page, simulator, asked } = world()
    const uploaded = await clock.settle(
      page.files.upload(new File(['bytes'], 'cat.png', { type: 'image/png' })),
    )
    expect(uploaded).toMatchObject({
      size: 5,
      mimeType: 'image/png',
      fileName: expect.stringMatching(/cat\.png$/),
    })
    expect(asked[0]?.headers.get('content-type')).toBe('image/png')
    expect(await asked[0]?.text()).toBe('bytes')
    expect(await (await simulator.fetch(uploaded.url)).text()).toBe('bytes')
  })

  test('the service fetches a file from an address', async () => {
    const { clock, page } = world(
      { uploads: { fromUrl: true } },
      {
        fetchFile: async () => new Response('bytes', { headers: { 'content-type': 'image/png' } }),
      },
    )
    const uploaded = await clock.settle(
      page.files.uploadFromUrl('https://files.example.com/cat.png'),
    )
    expect(uploaded).toMatchObject({ size: 5, fileName: expect.stringMatching(/cat\.png$/) })
  })

  test('a result is saved from its address, or by a link where the address does not work across origins', async () => {
    const { clock, pageOf, proxy, simulator } = world()
    let blocked = false
    const page = pageOf('ann', {
      fetch: async (url, init) => {
        const address = String(url)
        if (address.startsWith(proxyUrl)) {
          const sent = new Request(address, init)
          sent.headers.set('x-user', 'ann')
          return proxy.fetch(sent)
        }
        if (blocked && !address.includes('token=')) {
          throw new TypeError('Failed to fetch')
        }
        return simulator.fetch(address, init)
      },
    })
    const { urls } = await clock.settle(page.run('ideogram/v3-reframe', input))
    const [url = ''] = urls
    const bytes = await (await clock.settle(page.files.save(url))).text()
    expect(bytes).not.toBe('')
    blocked = true
    expect(await (await clock.settle(page.files.save(url))).text()).toBe(bytes)
    expect(
      simulator.journal.requests.filter(({ operation }) => operation === 'download-url'),
    ).toHaveLength(1)
  })

  test('the balance is shown where the server opens it, and refused in clear words elsewhere', async () => {
    const { clock, page } = world({ credits: true })
    expect(await clock.settle(page.credits())).toBe(1500)
    const closed = world()
    await expect(closed.clock.settle(closed.page.credits())).rejects.toMatchObject({
      kind: 'feature-disabled',
      message: expect.stringContaining('`credits`'),
    })
    expect(closed.simulator.journal.requests).toEqual([])
  })
})
