import { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { createRun, leavePage } from './page.tsx'

afterEach(leavePage)

/** The fields that the compiler requires. */
const BASE = { image_url: '', image_size: 'square' } as const

/** The value of a field, and the advice in the message. */
const REFUSED: readonly [string, () => unknown, RegExp][] = [
  ['a 12 MB image', () => imageOf(12 * 2 ** 20), /12582912 bytes.*\(10 MB\)\. Pass a smaller file/],
  [
    'a PDF',
    () => new File(['%PDF-1.7'], 'cat.png', { type: 'image/png' }),
    /pdf.*Convert the file/,
  ],
  [
    'an empty file',
    () => new File([], 'cat.png', { type: 'image/png' }),
    /Pass a file with content/,
  ],
  ['a path', () => './cat.png', /not "\.\/cat\.png"\. Pass a path as await openAsBlob/],
  ['bare base64', () => 'iVBORw0KGgoAAAANSUhEUg==', /base64 as data:image\/png;base64/],
  ['a file: URL', () => 'file:///tmp/cat.png', /http or https URL/],
  ['a relative URL', () => '/cat.png', /http or https URL/],
  ['a URL of a clip', () => 'https://a.example/clip.mp4', /video\/mp4; accepted: image/],
  ['a Promise', () => Promise.resolve(new Blob()), /Put await before it/],
  ['a data: URL of text', () => 'data:text/plain,cat', /http or https URL/],
  ['a stream of text', () => Readable.from([Buffer.from('cat')]), /pass a File with its type/],
  ['a Buffer of text', () => Buffer.from('cat'), /pass a File with its type/],
  ['a refused Response', () => new Response('gone', { status: 410 }), /HTTP 410/],
  [
    'a large upload',
    () => ({ url: 'https://a.example/', size: 2e7, mimeType: 'image/png' }),
    /10 MB/,
  ],
]

const imageOf = (bytes: number): Blob => new Blob([new Uint8Array(bytes)], { type: 'image/png' })

test.each(REFUSED)('%s is refused before anything is sent', async (_, make, advice) => {
  const { result, pass, requests } = await createRun()
  await pass(1, () => result.current.run(Object.assign({}, BASE, { image_url: make() })))
  const error = result.current.status === 'error' && result.current.error
  expect(error).toMatchObject({ kind: 'invalid-input', charge: 'none' })
  expect(String(error)).toContain('image_url')
  expect(String(error)).toMatch(advice)
  expect(requests()).toEqual([])
})
