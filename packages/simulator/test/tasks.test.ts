import { expect, test } from 'vitest'
import { createPath, input, model, recordPath, service } from './service.ts'

test('a task is unknown after its creation, and known later', async () => {
  const { create, get, record, clock } = service({ outcomes: [{ invisibleFor: 800 }] })
  const taskId = await create()
  const unknown = { status: 200, code: 422, msg: 'recordInfo is null', data: null }
  expect(await get(`${recordPath}?taskId=${taskId}`)).toEqual(unknown)
  await clock.advance(800)
  expect(await record(taskId)).toMatchObject({ taskId, model })
})

test('a task waits, queues, generates and succeeds in that order', async () => {
  const { create, record, clock } = service({ invisibleFor: 0, latency: 4000 })
  const taskId = await create()
  const states: Record<string, number> = {}
  for (let time = 0; time <= 5000; time += 100) {
    states[String((await record(taskId)).state)] ??= time
    await clock.advance(100)
  }
  expect(states).toEqual({ waiting: 0, queuing: 400, generating: 1000, success: 4000 })
})

test('a task has the number of results that its input requests, and each can be downloaded', async () => {
  const { create, finish, simulator } = service()
  const unfinished = `http://simulator.localhost/results/${await create()}/0.gif`
  expect((await simulator.fetch(unfinished)).status).toBe(404)
  const { result } = await finish({ input: { ...input, num_images: '3' } })
  const download = async (url: string) => String(await (await simulator.fetch(url)).bytes())
  expect(new Set(await Promise.all(result.resultUrls.map(download))).size).toBe(3)
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
])('a task of %s with %j has a result of the type %s', async (id, sent, type, start) => {
  const { finish, simulator } = service()
  const response = await simulator.fetch((await finish({ model: id, input: sent })).url)
  expect(response.headers.get('content-type')).toBe(type)
  expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toMatch(start)
})

test('a task of a text model has a text, and an outcome may be any result', async () => {
  const given = { resultObject: { text: 'A text' } }
  const { finish, simulator } = service()
  const audio = { audio_url: 'https://files.example.com/a.mp3' }
  const { result } = await finish({ model: 'elevenlabs/speech-to-text', input: audio })
  expect(result).toEqual({ resultObject: { text: expect.any(String) } })
  simulator.control.addOutcomes({ result: given })
  expect((await finish()).result).toEqual(given)
})

test('a task fails as its outcome says, and refunds its credits', async () => {
  const failure = {
    state: 'fail',
    failCode: 'SENSITIVE_WORD_ERROR',
    failMsg: 'Not this',
  } as const
  const { create, record, credits, clock } = service({
    credits: 10,
    price: 4,
    outcomes: [{ ...failure, latency: 3000 }],
  })
  const taskId = await create()
  expect(await credits()).toBe(6)
  await clock.advance(3000)
  const ended = { ...failure, resultJson: null, creditsConsumed: 0 }
  expect(await record(taskId)).toMatchObject(ended)
  expect(await credits()).toBe(10)
})

test('a stuck task never ends', async () => {
  const { create, record, clock } = service({ outcomes: [{ state: 'stuck' }] })
  const taskId = await create()
  await clock.advance(365 * 86_400_000)
  expect(await record(taskId)).toMatchObject({ state: 'waiting' })
})

test('a task fails with the message of a render error', async () => {
  const failMsg = 'The image could not be read'
  const { finish, credits } = service({ render: () => Promise.reject(new Error(failMsg)) })
  expect((await finish()).ended).toMatchObject({ state: 'fail', failMsg })
  expect(await credits()).toBe(1500)
})

test('a task has the files that a render hook made from an upload', async () => {
  const { post, finish, simulator } = service({
    render({ input, read }) {
      const bytes = new Uint8Array(read(String(input.image_url))?.bytes ?? []).reverse()
      return [{ bytes, mimeType: 'image/png' }]
    },
  })
  const file = { base64Data: 'AQID', uploadPath: 'pictures', fileName: 'a.png' }
  const { data } = await post('/api/file-base64-upload', file)
  const { url } = await finish({ input: { ...input, image_url: Object(data).downloadUrl } })
  expect(url).toMatch(/\.png$/)
  expect([...(await (await simulator.fetch(url)).bytes())]).toEqual([3, 2, 1])
})

test('createTask refuses each wrong parameter with its own message, all in one answer', async () => {
  const wrong = { image_size: 'huge', seed: 'x', num_images: 2 }
  const { msg, code } = await service().post(createPath, { model, input: wrong })
  expect(code).toBe(500)
  const sizes = /^input\.image_size is not within the range of allowed options: square, /
  expect(String(msg).split('; ')).toEqual([
    'input.image_url: This field is required',
    expect.stringMatching(sizes),
    'input.num_images should be string',
    'input.seed should be number',
  ])
})

test('createTask refuses an unknown model', async () => {
  const msg = 'The model name you specified is not supported'
  const refused = await service().post(createPath, { model: 'no/such', input })
  expect(refused).toMatchObject({ code: 422, msg })
})

test('createTask refuses when credits run out, with the message of the service', async () => {
  const { create, post, simulator } = service({ credits: 3.5 })
  await create()
  const msg = expect.stringContaining('Credits insufficient')
  expect(await post(createPath, { model, input })).toMatchObject({ code: 402, msg })
  expect(simulator.journal.charged).toBe(1)
})

test('creates and reads above their limits are refused until time has passed, or a reset', async () => {
  const { post, get, clock, simulator } = service({
    limits: { creates: { limit: 2, interval: 10_000 }, reads: { limit: 2, interval: 1000 } },
  })
  const codes = async (request: () => Promise<{ readonly code?: unknown }>): Promise<unknown[]> => {
    const answers = [await request(), await request(), await request()]
    return answers.map(({ code }) => code)
  }
  const create = () => codes(() => post(createPath, { model, input }))
  const read = () => codes(() => get(`${recordPath}?taskId=none`))
  expect([await create(), await read()]).toEqual([
    [200, 200, 429],
    [422, 422, 429],
  ])
  await clock.advance(1000)
  expect([await create(), await read()]).toEqual([
    [429, 429, 429],
    [422, 422, 429],
  ])
  await clock.advance(9000)
  expect(await create()).toEqual([200, 200, 429])
  expect(simulator.journal.charged).toBe(4)
  simulator.control.reset()
  expect(await create()).toEqual([200, 200, 429])
})
