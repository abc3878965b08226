import { join } from 'node:path'
import { startSimulator, type SimulatorServer } from '@apikley/simulator'
import { startPrismProxy, type Prism } from 'test-kit/prism'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repository } from '../../release/packages.ts'

const EXCHANGES = 500
const CODES = [400, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505]
const SIZES = ['square', 'square_hd', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3']

describe.each(['reported', 'documented'] as const)('the simulator as %s', (behaviour) => {
  let simulator: SimulatorServer
  let prism: Prism
  /** `path status code` of each exchange. */
  let exchanges: string[]
  let violations: string[]
  const taskIds: string[] = []
  const urls: string[] = []

  beforeAll(async () => {
    exchanges = []
    violations = []
    simulator = await startSimulator({
      behaviour,
      credits: 1_000_000,
      outcomes: [{ state: 'fail', chance: 0.3, times: 'always' }],
      fetchFile: async () => new Response('content', { headers: { 'content-type': 'image/webp' } }),
    })
    prism = await startPrismProxy(join(repository, 'specs/openapi.yaml'), simulator.url)
  })
  afterAll(async () => {
    await prism.stop()
    await simulator.stop()
  })

  /** Sends a request through Prism, and returns the `data` of the answer. */
  async function send(path: string, body?: object): Promise<unknown> {
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
    const response = await fetch(`${prism.url}${path}`, init)
    const { code, data } = Object(await response.json())
    exchanges.push(`${path.split('?')[0]} ${response.status} ${code}`)
    const violation = response.headers.get('sl-violations')
    if (violation !== null) {
      violations.push(violation)
    }
    return data
  }

  const pick = <Value>(values: readonly Value[], step: number): Value | undefined =>
    values[step % values.length]

  async function readTask(step: number): Promise<void> {
    const id = pick(taskIds, step * 7) ?? 'none'
    const { resultJson } = Object(await send(`/api/v1/jobs/recordInfo?taskId=${id}`))
    urls.push(...(resultJson ? JSON.parse(resultJson).resultUrls : []))
  }

  const turns: ((step: number) => Promise<unknown>)[] = [
    async (step) => {
      const input = { image_url: 'https://files.example.com/a.webp', image_size: pick(SIZES, step) }
      const body = { model: 'ideogram/v3-reframe', input }
      taskIds.push(Object(await send('/api/v1/jobs/createTask', body)).taskId ?? 'refused')
    },
    readTask,
    async (step) => {
      await simulator.clock.advance(700)
      await readTask(step + 1)
    },
    () => send('/api/v1/chat/credit'),
    (step) => {
      const url = pick(urls, step) ?? 'https://files.example.com/none.webp'
      return send('/api/v1/common/download-url', { url })
    },
    (step) => {
      const uploadPath = step % 10 ? 'pictures' : 'a/../b'
      return send('/api/file-base64-upload', { base64Data: 'AAAA', uploadPath })
    },
    () =>
      send('/api/file-url-upload', {
        fileUrl: 'http://127.0.0.1/a.webp',
        uploadPath: 'pictures',
      }),
  ]

  test(`Prism finds no violation in ${EXCHANGES} mixed exchanges`, async () => {
    for (let step = 0; step < EXCHANGES; step++) {
      const code = pick(CODES, step) ?? 400
      // Every third answer is an error, inside HTTP 200 or with its status.
      if (step % 6 === 0) {
        simulator.control.addFaults({ fault: 'code', code })
      }
      if (step % 6 === 3) {
        simulator.control.addFaults({ fault: 'status', status: code, retryAfter: 1 })
      }
      await pick(turns, Math.floor(step * 1.7))?.(step)
    }
    expect(violations).toEqual([])
    // Each operation succeeded, and each error came in both ways.
    const paths = new Set(exchanges.map((exchange) => exchange.split(' ')[0]))
    expect(exchanges).toEqual(expect.arrayContaining([...paths].map((path) => `${path} 200 200`)))
    const endings = exchanges.map((exchange) => exchange.replace(/^\S+ /, ''))
    expect(endings).toEqual(expect.arrayContaining(CODES.map((code) => `200 ${code}`)))
    // At HTTP 501 Prism answers in the place of the server, with a mock.
    const statuses = CODES.filter((code) => code !== 501).map((code) => `${code} ${code}`)
    expect(endings).toEqual(expect.arrayContaining(statuses))
  })

  test('Prism finds a wrong answer', async () => {
    violations = []
    simulator.control.addFaults(
      { fault: 'code', code: 200, data: 'twelve' },
      { fault: 'status', status: 418 },
    )
    await send('/api/v1/chat/credit')
    await send('/api/v1/chat/credit')
    expect(violations).toHaveLength(2)
  })
})
