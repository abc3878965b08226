import { expect, test } from 'vitest'
import type { UploadProgress } from '../src/index.ts'
import { idle } from 'test-kit/clock'
import { MODEL, created, envelope, never, succeeded, uploaded, type Reply } from './replies.ts'
import { mistake, sentInput, service, withFile } from './service.ts'

const dataUrl = 'data:image/png;base64,MTIz'

test('run uploads each file of its input once, before the create, and sends the URLs', async () => {
  const { apikley, clock, sent } = service([uploaded, created, succeeded])
  const phases: string[] = []
  const image_url = new Blob(['bytes'], { type: 'image/png' })
  const input = { image_url, mask_url: image_url, image_size: 'square' } as const
  await clock.settle(apikley.run(MODEL, input, { onPhase: (phase) => phases.push(phase) }))
  expect(phases).toEqual(['uploading', 'creating', 'waiting'])
  expect(sent.map(({ url }) => url.pathname)).toEqual([
    '/file-upload/api/file-stream-upload',
    '/api/v1/jobs/createTask',
    '/api/v1/jobs/recordInfo',
  ])
  const { image_url: url, mask_url } = sentInput(sent[1])
  expect(url).toMatch(/^https:\/\/files\.example\.com\/uploads\/[0-9a-f]{16}-file\.png$/)
  expect(mask_url).toBe(url)
})

test('run uploads a base64 data: URL, and no other text', async () => {
  const { apikley, clock, sent } = service([uploaded, created, succeeded])
  const prompt = 'data:text/plain,a poster'
  const input = { image_url: dataUrl, mask_url: dataUrl, prompt, image_size: 'square' } as const
  await clock.settle(apikley.run(MODEL, input))
  expect(sent).toHaveLength(3)
  const given = sentInput(sent[1])
  expect(given).toMatchObject({ image_url: expect.stringMatching(/^https:/), prompt })
  expect(given.mask_url).toBe(given.image_url)
})

test('run reports the progress of all uploads, and ignores an error of onUpload', async () => {
  const { apikley, clock } = service([uploaded, uploaded, created, succeeded])
  const reports: UploadProgress[] = []
  const image_url = new Blob(['12345'], { type: 'image/png' })
  const input = { image_url, mask_url: dataUrl, image_size: 'square' } as const
  const run = apikley.run(MODEL, input, {
    onUpload(progress) {
      reports.push(progress)
      mistake()
    },
  })
  await clock.settle(run)
  expect(reports[0]).toEqual({ loaded: 0, total: 5 })
  expect(reports.at(-1)).toEqual({ loaded: 8, total: 8 })
  const loaded = reports.map((report) => report.loaded)
  expect(loaded).toEqual([...loaded].sort((a, b) => a - b))
})

test('a failed upload aborts the other uploads of the run', async () => {
  const refusedLater: Reply = async (request) => {
    await idle(20)
    return envelope(401)(request)
  }
  const { apikley, clock, sent } = service([refusedLater, never])
  const run = apikley.run(MODEL, Object.assign({ mask_url: new Blob(['b']) }, withFile))
  await expect(run).rejects.toMatchObject({ kind: 'authentication' })
  expect(sent).toHaveLength(2)
  expect(sent[1]?.init.signal?.aborted).toBe(true)
  expect(clock.pending).toBe(0)
})
