import { describe, expect, test } from 'vitest'
import { input, model, service } from './service.ts'

describe('a task', () => {
  test('a task is unknown after its creation, and known later', async () => {
    const { create, get, record, clock, simulator } = service()
    simulator.control.addOutcomes({ invisibleFor: 800 })
    const taskId = await create()
    expect(await get(`/api/v1/jobs/recordInfo?taskId=${taskId}`)).toEqual({
      status: 200,
      code: 422,
      msg: 'recordInfo is null',
      data: null,
    })
    await clock.advance(800)
    expect(await record(taskId)).toMatchObject({ taskId, model })
  })

  test('waits, queues, generates and succeeds in that order', async () => {
    const { create, record, clock } = service({ invisibleFor: 0, latency: 4000 })
    const taskId = await create()
    const since: [unknown, number][] = []
    for (let time = 0; time <= 5000; time += 100) {
      const { state } = await record(taskId)
      if (state !== since.at(-1)?.[0]) {
        since.push([state, time])
      }
      await clock.advance(100)
    }
    expect(since).toEqual([
      ['waiting', 0],
      ['queuing', 400],
      ['generating', 1000],
      ['success', 4000],
    ])
  })

  test('a task has the number of results that its input requests, and each can be downloaded', async () => {
    const { create, record, clock, simulator } = service()
    const taskId = await create({ input: { ...input, num_images: '3' } })
    await clock.advance(10_000)
    const { resultUrls }: { resultUrls: string[] } = JSON.parse(
      String((await record(taskId)).resultJson),
    )
    const bytes = await Promise.all(
      resultUrls.map(async (url) => (await simulator.fetch(url)).bytes()),
    )
    expect(new Set(bytes.map(String)).size).toBe(3)
  })

  test.each<[string, object, string, RegExp]>([
    ['qwen/text-to-image', { prompt: 'a cat' }, 'image/gif', /^GIF89a/],
    ['wan/2-6-text-to-video', { prompt: 'a cat' }, 'video/mp4', /^.{4}ftyp/s],
    ['elevenlabs/sound-effect-v2', { text: 'rain' }, 'audio/mpeg', /^\xff[\xf2\xf3\xfb]/],
    [
      'elevenlabs/sound-effect-v2',
      { text: 'rain', output_format: 'pcm_8000' },
      'audio/wav',
      /^RIFF.{4}WAVEfmt /s,
    ],
  ])('of %s with %j has a result of the type %s', async (id, sent, type, start) => {
    const { create, record, clock, simulator } = service()
    const taskId = await create({ model: id, input: sent })
    await clock.advance(10_000)
    const { resultUrls } = JSON.parse(String((await record(taskId)).resultJson))
    const response = await simulator.fetch(resultUrls[0])
    expect(response.headers.get('content-type')).toBe(type)
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toMatch(start)
  })

  test('a task of a text model has a text', async () => {
    const { create, record, clock } = service()
    const audio = { audio_url: 'https://files.example.com/a.mp3' }
    const taskId = await create({ model: 'elevenlabs/speech-to-text', input: audio })
    await clock.advance(10_000)
    expect(JSON.parse(String((await record(taskId)).resultJson))).toEqual({
      resultObject: { text: expect.any(String) },
    })
  })

  test('a task has no result before it has succeeded', async () => {
    const { create, simulator } = service()
    const taskId = await create()
    expect(
      (await simulator.fetch(`http://simulator.localhost/results/${taskId}/0.gif`)).status,
    ).toBe(404)
  })

  test('fails as an outcome says, and refunds its credits', async () => {
    const { create, record, credits, clock, simulator } = service({ credits: 10, price: 4 })
    simulator.control.addOutcomes({
      state: 'fail',
      failCode: 'SENSITIVE_WORD_ERROR',
      failMsg: 'Not this',
      latency: 3000,
    })
    const taskId = await create()
    expect(await credits()).toBe(6)
    await clock.advance(3000)
    expect(await record(taskId)).toMatchObject({
      state: 'fail',
      failCode: 'SENSITIVE_WORD_ERROR',
      failMsg: 'Not this',
      resultJson: null,
      creditsConsumed: 0,
    })
    expect(await credits()).toBe(10)
  })

  test('a stuck task never ends', async () => {
    const { create, record, clock, simulator } = service()
    simulator.control.addOutcomes({ state: 'stuck' })
    const taskId = await create()
    await clock.advance(365 * 86_400_000)
    expect(await record(taskId)).toMatchObject({ state: 'waiting' })
  })

  test('can have any result', async () => {
    const result = { resultObject: { text: 'A text' } }
    const { create, record, clock, simulator } = service()
    simulator.control.addOutcomes({ result })
    const taskId = await create()
    await clock.advance(10_000)
    expect(JSON.parse(String((await record(taskId)).resultJson))).toEqual(result)
  })

  test('fails with the message of a render error', async () => {
    const { create, record, credits, clock } = service({
      render: () => Promise.reject(new Error('The image could not be read')),
    })
    const taskId = await create()
    await clock.advance(10_000)
    expect(await record(taskId)).toMatchObject({
      state: 'fail',
      failMsg: 'The image could not be read',
    })
    expect(await credits()).toBe(1500)
  })

  test('a task has the files that a render hook made from an upload', async () => {
    const { post, create, record, clock, simulator } = service({
      render: ({ input, read }) => [
        {
          bytes: new Uint8Array(read(String(input.image_url))?.bytes ?? []).reverse(),
          mimeType: 'image/png',
        },
      ],
    })
    const { data } = await post('/api/file-base64-upload', {
      base64Data: 'AQID',
      uploadPath: 'pictures',
      fileName: 'a.png',
    })
    const taskId = await create({ input: { ...input, image_url: Object(data).downloadUrl } })
    await clock.advance(10_000)
    const { resultUrls } = JSON.parse(String((await record(taskId)).resultJson))
    expect(resultUrls).toEqual([expect.stringMatching(/\.png$/)])
    expect([...(await (await simulator.fetch(resultUrls[0])).bytes())]).toEqual([3, 2, 1])
  })
})

describe('createTask refuses', () => {
  const refuse = async (body: unknown): Promise<object> =>
    service().post('/api/v1/jobs/createTask', body)

  test('each wrong parameter with its own message, all in one answer', async () => {
    const { msg, code } = Object(
      await refuse({ model, input: { image_size: 'huge', seed: 'x', num_images: 2 } }),
    )
    expect(code).toBe(500)
    expect(String(msg).split('; ')).toEqual([
      'input.image_url: This field is required',
      expect.stringMatching(
        /^input\.image_size is not within the range of allowed options: square, /,
      ),
      'input.num_images should be string',
      'input.seed should be number',
    ])
  })

  test('an unknown model', async () => {
    expect(await refuse({ model: 'no/such', input })).toMatchObject({
      code: 422,
      msg: 'The model name you specified is not supported',
    })
  })

  test('when credits run out, with the message of the service', async () => {
    const { create, post, simulator } = service({ credits: 3.5 })
    await create()
    expect(await post('/api/v1/jobs/createTask', { model, input })).toMatchObject({
      code: 402,
      msg: expect.stringContaining('Credits insufficient'),
    })
    expect(simulator.journal.charged).toBe(1)
  })

  test('more than the rate allows, until time has passed', async () => {
    const { create, post, clock, simulator } = service({
      limits: { creates: { limit: 2, interval: 10_000 } },
    })
    await create()
    await create()
    expect(await post('/api/v1/jobs/createTask', { model, input })).toMatchObject({ code: 429 })
    await clock.advance(10_000)
    await create()
    expect(simulator.journal.charged).toBe(3)
  })
})

test('reads above their limit are refused until a second has passed', async () => {
  const { get, clock } = service({ limits: { reads: { limit: 2, interval: 1000 } } })
  const code = async (): Promise<unknown> => (await get('/api/v1/jobs/recordInfo?taskId=none')).code
  expect([await code(), await code(), await code()]).toEqual([422, 422, 429])
  await clock.advance(1000)
  expect(await code()).toBe(422)
})

test('a reset clears the rate limits', async () => {
  const once = { limit: 1, interval: 10_000 }
  const { create, simulator } = service({ limits: { creates: once, reads: once } })
  await create()
  await expect(create()).rejects.toThrow('createTask was refused')
  simulator.control.reset()
  await create()
})
