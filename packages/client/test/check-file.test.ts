import { expect, test, vi } from 'vitest'
import { findFileProblem, findValueProblem, type FileLimits } from '../src/files/check-file.ts'
import { detectType } from '../src/files/detect-type.ts'

const audio: FileLimits = { types: ['audio/m4a', 'audio/x-wav', 'audio/mp3'], maxBytes: 2 ** 20 }
const images: FileLimits = { types: ['image/*'], maxItems: 2 }
const video: FileLimits = { types: ['video/avi', 'video/x-matroska'] }

test.each<[FileLimits, string, number, RegExp | undefined]>([
  [audio, 'audio/mp4', 2 ** 20, undefined],
  [audio, 'audio/wav', 1, undefined],
  [audio, 'audio/mpeg', 1, undefined],
  [audio, 'audio/mpeg', 2 ** 20 + 1, /1048577 bytes; the limit is 1048576 bytes \(1 MB\)/],
  [audio, 'audio/webm', 1, /is audio\/webm; accepted: audio\/m4a/],
  [images, 'image/heic', 1e9, undefined],
  [images, '', 1, /unknown type/],
  [video, 'video/x-msvideo', 1, undefined],
  [video, 'video/matroska', 1, undefined],
])('%o and a file of type %j with %i bytes', (limits, type, size, problem) => {
  const found = findFileProblem(limits, size, type) ?? ''
  expect(found).toMatch(problem ?? /^$/)
})

test.each<[FileLimits, unknown, string]>([
  [images, ['https://a.example/', ''], ''],
  [images, [1, 2, 3], 'has 3 files; the limit is 2. Pass fewer files'],
  [images, 'https://a.example/cat.heic?clip.mp4', ''],
  // Such a container may hold sound alone.
  [audio, 'https://a.example/voice.mp4', ''],
  [
    images,
    'https://a.example/clip.mp4',
    'is the URL of a file of type video/mp4; accepted: image/*',
  ],
])('%o and the value %o', (limits, value, problem) => {
  expect(findValueProblem(limits, value) ?? '').toBe(problem)
})

test('the small table detects a type where the library cannot be loaded, as in Jest', async () => {
  vi.doMock('#file-type', () => Promise.reject(new Error('no import()')))
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47)
  expect(await detectType(png, '', '')).toBe('image/png')
  vi.doUnmock('#file-type')
})
