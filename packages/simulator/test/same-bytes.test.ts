import { expect, test } from 'vitest'
import { createSimulator, createVirtualClock } from '../src/index.ts'
import { createPath, headers, input, model, recordPath } from './service.ts'

/** The bytes of a day's work: tasks, reads, uploads, results, links, callbacks, faults. */
async function bytes(seed: number): Promise<string> {
  const clock = createVirtualClock()
  const said: string[] = []
  const simulator = createSimulator({
    clock,
    seed,
    faults: [{ fault: 'code', code: 429, chance: 0.2, times: 'always' }],
    outcomes: [{ state: 'fail', chance: 0.3, times: 'always' }],
    callbacks: {
      fetch: async (_, { body }) => {
        said.push(String(body))
        return new Response()
      },
    },
  })
  const call = async (path: string, body?: object): Promise<string> => {
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
    const response = await simulator.fetch(new URL(path, 'http://any'), init)
    const text = await response.text()
    said.push(`${response.status} ${text}`)
    return text
  }
  for (let index = 0; index < 20; index++) {
    const task = { model, input, callBackUrl: 'http://localhost/hook' }
    const { data } = JSON.parse(await call(createPath, task))
    await clock.advance(3000)
    await call(`${recordPath}?taskId=${data?.taskId}`)
    await clock.advance(3000)
    const record = JSON.parse(await call(`${recordPath}?taskId=${data?.taskId}`))
    const [url] = record.data?.resultJson ? JSON.parse(record.data.resultJson).resultUrls : []
    if (url) {
      await call(url)
      await call('/api/v1/common/download-url', { url })
    }
    await call('/api/file-base64-upload', { base64Data: 'AAAA', uploadPath: 'pictures' })
  }
  return said.join('\n')
}

test('the same seed and requests give the same bytes, and another seed other ids', async () => {
  const first = await bytes(7)
  expect(await bytes(7)).toBe(first)
  expect(first.split('\n').length).toBeGreaterThan(50)
  const idsOf = (text: string): string[] => text.match(/[0-9a-f]{32}/g) ?? []
  const ids = new Set(idsOf(first))
  expect(ids.size).toBeGreaterThan(20)
  expect(idsOf(await bytes(8)).filter((id) => ids.has(id))).toEqual([])
})
