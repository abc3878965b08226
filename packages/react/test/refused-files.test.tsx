import type { ModelId } from '@apikley/types'
import { renderHook } from '@testing-library/react'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, test } from 'vitest'
import { media } from '../../client/src/generated/media.ts'
import { useRun } from '../src/index.ts'
import { createScene, leavePage } from './page.tsx'

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

/** A field for images of at most 10 MB, of up to three models. */
const FIELDS = Object.entries(media)
  .flatMap(([model, fields]) => {
    const image = ([, { types, maxBytes }]: (typeof all)[number]): boolean =>
      types.includes('image/png') && maxBytes === 10 * 2 ** 20
    const all = Object.entries(fields)
    const [field] = all.find(image) ?? []
    return field !== undefined && isModel(model) ? [{ model, field }] : []
  })
  .slice(0, 3)

function isModel(id: string): id is ModelId {
  return Object.hasOwn(media, id)
}

describe.each(FIELDS)('the field $field of $model', ({ model, field }) => {
  describe.each(['client', 'proxy', 'hook'])('through the %s', (route) => {
    test.each(REFUSED)('%s is refused before anything is sent', async (_, make, advice) => {
      const scene = await createScene({}, { models: [model] })
      const { client, wrapper } = scene.load({ direct: route === 'client' })
      const input = Object.assign({}, BASE, { [field]: make() })
      let error: unknown
      if (route === 'hook') {
        const { result } = renderHook(() => useRun(model), { wrapper })
        await scene.pass(1, () => result.current.run(input))
        error = 'error' in result.current && result.current.error
      } else {
        error = await client.run(model, input).catch((reason: unknown) => reason)
      }
      expect(error).toMatchObject({ kind: 'invalid-input', charge: 'none' })
      expect(String(error)).toContain(field)
      expect(String(error)).toMatch(advice)
      expect(scene.requests()).toEqual([])
      expect(scene.simulator.journal.requests).toEqual([])
    })
  })
})
