import { join } from 'node:path'
import { startSimulator, type SimulatorServer } from '@apikley/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPrismProxy, type Prism } from 'test-kit/prism'
import { repository } from '../../scratch.ts'

const document = join(repository, 'specs/openapi.yaml')
const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }

/** How many exchanges each behaviour goes through. */
const exchanges = 500

interface Seen {
  readonly what: string
  readonly status: number
  readonly code: unknown
  readonly violations: string | null
}

describe.each(['reported', 'documented'] as const)(
  'as %s, the simulator answers as the document says',
  (behaviour) => {
    let simulator: SimulatorServer
    let prism: Prism
    beforeAll(async () => {
      simulator = await startSimulator({
        behaviour,
        credits: 1_000_000,
        outcomes: [{ state: 'fail', chance: 0.3, times: 'always' }],
        fetchFile: async () =>
          new Response('content', { headers: { 'content-type': 'image/webp' } }),
      })
      prism = await startPrismProxy(document, simulator.url)
    })
    afterAll(async () => {
      await prism.stop()
      await simulator.stop()
    })

    async function send(path: string, body?: object): Promise<Seen & { data: unknown }> {
      const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers }
      const response = await fetch(`${prism.url}${path}`, init)
      const { code, data } = Object(await response.json())
      return {
        what: path.split('?')[0] ?? '',
        status: response.status,
        code,
        data,
        violations: response.headers.get('sl-violations'),
      }
    }

    test(`in ${exchanges} mixed JSON exchanges Prism finds no violation and no warning`, async () => {
      const seen: Seen[] = []
      const ids: string[] = []
      const urls: string[] = []
      const codes = [400, 401, 402, 404, 422, 429, 433, 455, 500, 501, 505]
      const sizes = [
        'square',
        'square_hd',
        'portrait_4_3',
        'portrait_16_9',
        'landscape_4_3',
        'landscape_16_9',
      ]
      const pick = <Value>(values: readonly Value[], step: number): Value | undefined =>
        values[step % values.length]
      const record = async (step: number): Promise<Seen> => {
        const { data, ...answer } = await send(
          `/api/v1/jobs/recordInfo?taskId=${pick(ids, step * 7) ?? 'none'}`,
        )
        const { resultJson } = Object(data)
        if (resultJson) {
          urls.push(...JSON.parse(resultJson).resultUrls)
        }
        return answer
      }
      const turns: ((step: number) => Promise<Seen>)[] = [
        async (step) => {
          const input = {
            image_url: 'https://files.example.com/a.webp',
            image_size: pick(sizes, step),
            num_images: String((step % 4) + 1),
          }
          const { data, ...answer } = await send('/api/v1/jobs/createTask', {
            model: 'ideogram/v3-reframe',
            input,
          })
          ids.push(Object(data).taskId ?? 'refused')
          return answer
        },
        record,
        async (step) => {
          await simulator.clock.advance(700)
          return record(step + 1)
        },
        () => send('/api/v1/chat/credit'),
        (step) =>
          send('/api/v1/common/download-url', {
            url: pick(urls, step) ?? 'https://files.example.com/none.webp',
          }),
        (step) =>
          send('/api/file-base64-upload', {
            base64Data: 'AAAA',
            uploadPath: step % 10 ? 'pictures' : 'a/../b',
          }),
        (step) =>
          send('/api/file-url-upload', {
            fileUrl: 'http://127.0.0.1/a.webp',
            uploadPath: 'pictures',
            fileName: `${step}.webp`,
          }),
        () => send('/api/v1/jobs/recordInfo?taskId=unknown'),
      ]
      for (let step = 0; step < exchanges; step++) {
        const code = pick(codes, step)
        // Every third answer is an error of one kind or the other.
        if (code !== undefined && step % 6 === 0) {
          simulator.control.addFaults({ fault: 'code', code })
        }
        if (code !== undefined && step % 6 === 3) {
          simulator.control.addFaults({ fault: 'status', status: code, retryAfter: 1 })
        }
        const turn = pick(turns, Math.floor(step * 1.7))
        if (turn) {
          seen.push(await turn(step))
        }
      }
      expect(seen).toHaveLength(exchanges)
      expect(seen.filter(({ violations }) => violations !== null)).toEqual([])
      // Each operation was met, with successes, and with every error both ways.
      const kinds = new Set(seen.map(({ what, status, code }) => `${what} ${status} ${code}`))
      for (const path of new Set(seen.map(({ what }) => what))) {
        expect(kinds).toContain(`${path} 200 200`)
      }
      // At HTTP 501 Prism answers in the place of the server, with a mock.
      for (const code of codes.filter((code) => code !== 501)) {
        expect(
          [...kinds].filter((kind) => kind.endsWith(` ${code} ${code}`)).length,
        ).toBeGreaterThan(0)
      }
      for (const code of codes) {
        expect([...kinds].filter((kind) => kind.endsWith(` 200 ${code}`)).length).toBeGreaterThan(0)
      }
    })

    test('and an answer that is wrong is found', async () => {
      simulator.control.addFaults(
        { fault: 'code', code: 200, data: 'twelve' },
        { fault: 'status', status: 418 },
      )
      expect((await send('/api/v1/chat/credit')).violations).not.toBeNull()
      expect((await send('/api/v1/chat/credit')).violations).not.toBeNull()
    })
  },
)
