import { expect, test } from 'vitest'
import { MODEL, envelope, record } from './replies.ts'
import { errorOf, service } from './service.ts'

test.each([
  ['once', { image_size: 'square' }],
  ['twice', '{"image_size":"square"}'],
])('an input that is encoded %s is read', async (_, recordedInput) => {
  const callBackUrl = 'https://a.example'
  const param = JSON.stringify({ model: MODEL, input: recordedInput, callBackUrl })
  const task = await service([record('success', { param })]).apikley.tasks.get('task_1')
  expect(task.param).toEqual({ model: MODEL, input: { image_size: 'square' }, callBackUrl })
})

const two = ['https://a.example/1.png', 'https://a.example/2.png']
const [one = ''] = two
const truncated = `{"resultUrls":["${one}","https://a.exam`
test.each<[unknown, readonly string[]]>([
  [JSON.stringify({ resultUrls: two }), two],
  [{ resultUrls: two }, two],
  [JSON.stringify(JSON.stringify({ resultUrls: two })), two],
  [{ resultUrls: JSON.stringify(two) }, two],
  [{ resultUrls: one }, [one]],
  [{ resultUrls: two.join(', ') }, two],
  [{ resultUrls: two.map((url) => ({ url, thumbnail: 'https://a.example/t.png' })) }, two],
  [{ resultUrls: [{ image: { imageUrl: one } }] }, [one]],
  [{ result_urls: two }, two],
  [{ resultUrls: [null, 7, '', one] }, [one]],
  [two, two],
  [` ${one}\n`, [one]],
  [truncated, [one]],
  [truncated.replaceAll('/', String.raw`\/`), [one]],
  [JSON.stringify(truncated).slice(0, -1), [one]],
])('a resultJson of %j has the URLs %j', async (resultJson, urls) => {
  const task = await service([record('success', { resultJson })]).apikley.tasks.get('task_1')
  expect(task.urls).toEqual(urls)
  expect(task.raw).toMatchObject({ resultJson })
})

const speech = 'elevenlabs/speech-to-text'
test.each<[unknown, string, RegExp]>([
  ['{"resultUrls":', MODEL, /{"resultUrls":$/],
  ['{"resultUrls":[]}', MODEL, /{"resultUrls":\[\]}/],
  ['no picture today', MODEL, /no picture today/],
  [{ resultObject: { text: 'a' } }, MODEL, /{"resultObject":{"text":"a"}}/],
  [null, MODEL, /null/],
  ['', MODEL, /empty/],
  ['{"resultObject":{"text":"go', speech, /"text":"go/],
  ['{"resultUrls":', 'vendor/new', /{"resultUrls":$/],
])(
  'a success with the resultJson %j of %s is an error with its text after 4 polls',
  async (...row) => {
    const [resultJson, model, text] = row
    const { wait, sent } = service([record('success', { resultJson, model })])
    const error = { kind: 'unexpected-response', charge: 'charged', taskId: 'task_1' }
    const message = expect.stringMatching(text)
    expect(await errorOf(wait())).toMatchObject({ ...error, message })
    expect(sent).toHaveLength(4)
  },
)

test.each([
  ['{"resultObject":{"text":"go"}}', speech, { resultObject: { text: 'go' } }],
  ['go', speech, { resultObject: 'go' }],
  ['', speech, undefined],
  ['{"character_id":"c1"}', 'sora-2-characters', { character_id: 'c1' }],
  ['{"score":1}', 'vendor/new', { score: 1 }],
])('a resultJson of %j of %s is a result without files', async (resultJson, model, result) => {
  const task = await service([record('success', { resultJson, model })]).wait()
  expect(task).toMatchObject({ urls: [], result })
})

test.each([
  ['success', /^(SUCCESS|Succeeded| completed |finished|done)$/],
  ['fail', /^(FAIL|Failed|GENERATE_FAILED|failure|error|CANCELED|cancelled|timed_out)$/],
  ['generating', /^(GENERATING|Generating)$/],
])('%s has other spellings', async (state, { source }) => {
  for (const spelling of source.slice(2, -2).split('|')) {
    const { get } = service([record(spelling)]).apikley.tasks
    expect(await get('task_1')).toMatchObject({ state, raw: { state: spelling } })
  }
})

test('the record of another task is an error', async () => {
  const { get } = service([record('success', { taskId: 'task_2' })]).apikley.tasks
  const message = expect.stringContaining('task_2')
  expect(await errorOf(get('task_1'))).toMatchObject({ kind: 'unexpected-response', message })
})

test('empty fields are undefined, codes are text, and raw keeps unknown fields', async () => {
  const fields = { failCode: 422, failMsg: '', completeTime: null, createTime: 1_765_177_570_132 }
  const recorded = record('success', { ...fields, more: 'more' })
  const task = await service([recorded]).apikley.tasks.get('task_1')
  const empty = { failMsg: undefined, completeTime: undefined }
  expect(task).toMatchObject({ ...fields, failCode: '422', ...empty })
  expect(task.raw).toMatchObject({ more: 'more' })
})

test('requests have the option cache: no-store', async () => {
  const all = service([envelope(200, 5), record('success'), () => new Response('GIF89a')])
  await all.apikley.credits()
  const { urls } = await all.wait()
  await all.apikley.files.save(urls[0] ?? '')
  expect(all.sent.map(({ init }) => init.cache)).toEqual(['no-store', 'no-store', 'no-store'])
})
