import { renderHook } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { useRun, useUpload } from '../src/index.ts'
import { createScene, file, leavePage, type Scene } from './page.tsx'

afterEach(leavePage)

/** A page with uploads that take 5 s each. */
async function showUpload() {
  const slow = { operation: 'upload-file-stream', fault: 'delay', ms: 5000 } as const
  const scene = await createScene({ faults: [{ ...slow, times: 'always' }] })
  const revoked = vi.spyOn(URL, 'revokeObjectURL')
  const { result, unmount } = renderHook(
    () => ({ upload: useUpload(), run: useRun('ideogram/v3-reframe') }),
    { wrapper: scene.load().wrapper },
  )
  return { ...scene, result, unmount, revoked }
}

const uploads = ({ simulator }: Scene): number =>
  simulator.journal.requests.filter(({ operation }) => operation === 'upload-file-stream').length

test('Files are uploaded 4 at a time, with progress and previews, and used in a run.', async () => {
  const scene = await showUpload()
  const { result, pass } = scene
  const items: unknown[] = []
  const files = Array.from({ length: 6 }, file)
  await pass(1000, () => void result.current.upload.add(files).then((all) => items.push(...all)))
  expect(uploads(scene)).toBe(4)
  expect(result.current.upload.files).toMatchObject(
    Array(6).fill({
      status: 'pending',
      previewUrl: expect.stringMatching(/^blob:/),
      progress: { total: 5 },
    }),
  )
  await pass(20_000)
  expect(items).toEqual(result.current.upload.files)
  const [first] = result.current.upload.files
  expect(first).toMatchObject({ status: 'success', progress: { loaded: 5, total: 5 } })
  const uploaded = first?.status === 'success' ? first.uploaded : file()
  const given = { image_url: uploaded, image_size: 'square' } as const
  await pass(60_000, () => void result.current.run.run(given))
  expect(result.current.run.status).toBe('success')
  expect(uploads(scene)).toBe(6)
})

test('abort() ends an upload, retry() repeats it, and remove() revokes its preview.', async () => {
  const scene = await showUpload()
  const { result, pass, revoked } = scene
  await pass(1000, () => void result.current.upload.add([file(), file()]))
  const [first, second] = result.current.upload.files
  await pass(10_000, () => result.current.upload.abort(first?.id))
  expect(result.current.upload.files).toMatchObject([
    { status: 'error', error: { kind: 'aborted' } },
    { status: 'success' },
  ])
  await pass(10_000, () => void result.current.upload.retry(first?.id ?? ''))
  expect(result.current.upload.files[0]).toMatchObject({ status: 'success' })
  expect(revoked).not.toHaveBeenCalled()
  await pass(1, () => result.current.upload.remove(second?.id))
  expect(revoked.mock.calls).toEqual([[second?.previewUrl]])
  expect(result.current.upload.files).toHaveLength(1)
})

test('An unmount aborts the uploads and revokes the previews.', async () => {
  const { result, pass, unmount, revoked, clock } = await showUpload()
  await pass(1000, () => void result.current.upload.add([file(), file()]))
  const previews = result.current.upload.files.map(({ previewUrl }) => [previewUrl])
  unmount()
  await pass(1)
  expect(revoked.mock.calls).toEqual(previews)
  expect(clock.pending).toBe(0)
})

test('A refused file is an error of its item.', async () => {
  const { result, pass } = await showUpload()
  await pass(60_000, () => void result.current.upload.add([new Blob([])]))
  expect(result.current.upload.files).toMatchObject([
    { status: 'error', error: { kind: 'invalid-input', charge: 'none' } },
  ])
})
