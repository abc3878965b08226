import { createHmac } from 'node:crypto'
import { ApikleyError } from '@apikley/client'
import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { makeKey, model, send, sendCreate } from '../requests.ts'
import { input, key, proxyUrl, request, world, type World } from 'test-kit/world'

const runs = 1000
const seed = 20_261_123

const otherPaths =
  '/api/v1/jobs/createTask /api/v1/jobs/recordInfo /api/v1/common/download-url /file-upload/api/file-stream-upload /file-upload/api/file-base64-upload /api/v1/veo/generate /api/v1/generate /__simulator/journal /tasks/x /keys/x /'
/** The service's paths of the operations that the proxy serves by POST. */
const servicePaths: Readonly<Record<string, string>> = {
  '/tasks': '/api/v1/jobs/createTask',
  '/files/link': '/api/v1/common/download-url',
  '/files': '/file-upload/api/file-stream-upload',
  '/files/from-url': '/file-upload/api/file-url-upload',
}
const postPaths = Object.keys(servicePaths)

/** Paths that end with a handle. */
const handlePaths = ['/tasks/', '/keys/']
const path = fc.constantFrom(
  ...Array.from({ length: 10 }, () => '/tasks'),
  ...[...postPaths, ...postPaths, '/keys', '/credits', ...handlePaths],
  ...[...handlePaths, ...otherPaths.split(' '), ''],
)

/** Other spellings of a path. */
const affixes =
  '/PATH PATH/ PATH/.. /x/..PATH /%2e%2ePATH PATH%00 PATH;x=1 /https://evil.examplePATH /@evil.examplePATH'
const spell = fc.constantFrom<(path: string) => string>(
  ...Array.from({ length: 30 }, () => (path: string) => path),
  ...affixes.split(' ').map((affix) => (path: string) => affix.replace('PATH', path)),
  (path) => path.replace('/tasks', '/%74asks'),
  (path) => path.replaceAll('/', '%2f'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.replace('/files', '/files/./'),
  (path) => path.replace('/files', '//files'),
  (path) => path.toUpperCase(),
)

const methods = 'GET GET PUT DELETE PATCH HEAD OPTIONS PROPFIND'
const method = fc.constantFrom(...Array<string>(20).fill('POST'), ...methods.split(' '))

const headerNames =
  'authorization x-api-key host origin sec-fetch-site x-forwarded-host x-forwarded-for forwarded x-http-method-override x-original-url transfer-encoding content-length content-encoding idempotency-key cookie content-type x-apikley-target-url connection'
const headerValues =
  'https://evil.example|same-origin|cross-site|null|0|-1|99999999999|1e9|chunked|gzip|DELETE|application/json|text/plain|multipart/form-data; boundary=x|image/png|image/svg+xml; charset=x|../etc|'
const headers = fc.dictionary(
  fc.constantFrom(...headerNames.split(' ')),
  fc.oneof(
    fc.constantFrom(...headerValues.split('|')),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  ),
  { maxKeys: 2 },
)

const fileUrl = 'https://files.example.com/a.png'
const valid: Readonly<Record<string, unknown>> = {
  '/tasks': { model, input },
  '/files/link': { url: fileUrl },
  '/files/from-url': { fileUrl, '/files': 'x', fileName: '../../index.html' },
}

const otherModels = ['IDEOGRAM/v3-reframe', `${model} `, 'kling/v2-1-master-text-to-video']
const models = fc.oneof(
  fc.constantFrom(model, model, model, ...otherModels, '', '__proto__', 'toString'),
  fc.anything(),
)
const evilUrls = ['file:///etc/passwd', 'http://169.254.169.254/', 'javascript:1']
const url = fc.oneof(fc.webUrl(), fc.anything(), fc.constantFrom(...evilUrls))
const inputs = fc.oneof(fc.constant(input), fc.anything({ maxDepth: 4 }))
const text = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
const creates = fc.record({ model: models, input: inputs }).map(text)
const body = fc.oneof(
  ...[creates, creates, creates, creates],
  fc.constant(text({ model, input, callBackUrl: 'https://evil.example' })),
  fc.constant(`{"model":"${otherModels[2]}","model":"${model}","input":{}}`),
  fc.constant(`{"__proto__":{"model":"${model}","input":{}}}`),
  fc.constant(`{"model":"${model}","input":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`),
  fc.constant('['.repeat(100_000)),
  fc.constant(text({ model, input: { prompt: 'x'.repeat(2 ** 20) } })),
  fc.record({ url }).map(text),
  fc.record({ fileUrl: url, '/files': fc.constant('../../x') }).map(text),
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => new Uint8Array(bytes)),
  fc.constant(new Uint8Array(2 ** 20 + 1)),
)

const attack = fc.record({
  path,
  spell,
  method,
  headers,
  body,
  isValid: fc.boolean(),
  handle: fc.nat(),
  idempotencyKey: fc.constantFrom('own', 'own', 'own', 'foreign', 'none'),
  user: fc.constantFrom('ann', 'ann', 'ann', ''),
  host: fc.constantFrom('app.example', 'api.apikley.ru', 'evil.example', '127.0.0.1'),
})
type Attack = typeof attack extends fc.Arbitrary<infer T> ? T : never

let all: World
/** The requests that reached the service. */
const forwarded: { readonly url: string; readonly headers: readonly string[] }[] = []
let foreignKey = ''
/** Handles of another user, and handles that an attacker might make from them. */
let handles: readonly string[]

beforeAll(async () => {
  const unlimited = { limit: 1e6, interval: 1 }
  const observed: typeof fetch = (url, init) => {
    forwarded.push({ url: String(url), headers: [...new Headers(init?.headers).keys()] })
    return all.simulator.fetch(url, init)
  }
  const limits = { creates: unlimited, uploads: unlimited, reads: unlimited }
  // The service sometimes repeats the API key.
  const msg = `Bad key: ${key}`
  const faults = [{ fault: 'code', code: 401, msg, chance: 0.1, times: 'always' } as const]
  all = world(
    { fetch: observed, uploads: { fromUrl: true }, limits },
    { faults, limits: {}, credits: 1e9 },
  )
  const { taskId } = await all.clock.settle(all.pageOf('bob').tasks.create(model, input))
  const [id = '', mac = ''] = taskId.split('.')
  const forge = (secret: string, user: string): string => {
    const hmac = createHmac('sha256', secret).update(JSON.stringify(['task', user, id]))
    return `${id}.${hmac.digest('base64url')}`
  }
  const macs = ['', mac.slice(0, -1), `${mac}=`, mac.toUpperCase(), 'A'.repeat(43), `${mac}.${mac}`]
  foreignKey = await makeKey(all, 'bob')
  handles = [
    ...[taskId, foreignKey, id, ...macs.map((other) => `${id}.${other}`), `.${mac}`],
    ...[forge('', 'ann'), forge(key, 'ann'), forge('a secret', 'bob')],
    ...[`x${'a'.repeat(100_000)}.${mac}`, '%00', '../../chat/credit'],
  ]
})

async function keyFor({ idempotencyKey, path }: Attack): Promise<Record<string, string>> {
  if (path !== '/tasks' || idempotencyKey === 'none') {
    return {}
  }
  return { 'idempotency-key': idempotencyKey === 'own' ? await makeKey(all) : foreignKey }
}

/** Returns `undefined` for a request that the platform itself refuses to send. */
function toRequest(
  { path, spell, method, headers, handle, user, host, ...more }: Attack,
  keyHeader: Record<string, string>,
) {
  const body = more.isValid && valid[path] ? text(valid[path]) : more.body
  const name = encodeURIComponent(handles[handle % handles.length] ?? '').replaceAll('%2F', '/')
  const end = handlePaths.includes(path) ? name : ''
  const query = `?taskId=${name}&host=evil.example`
  const contentType = path === '/files' ? 'image/png' : 'application/json'
  const url = `${proxyUrl.replace('app.example', host)}${spell(`${path}${end}`)}${query}`
  const all = { 'content-type': contentType, ...keyHeader, ...headers, 'x-user': user }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  try {
    return new Request(url, { method, headers: all, ...(hasBody && { body }) })
  } catch {
    return undefined
  }
}

const allowedHeaders =
  'apikley-proxy allow cache-control content-type retry-after x-content-type-options'

test(`No secret, no foreign task and no closed operation leaves the proxy in ${runs} attacks.`, async () => {
  const statuses = new Map<number, number>()
  let sent = 0
  const check = async (attack: Attack): Promise<void> => {
    const request = toRequest(attack, await keyFor(attack))
    if (!request) {
      return
    }
    sent++
    const { journal } = all.simulator
    const before = { requests: journal.requests.length, tasks: journal.tasks.length }
    const response = await all.clock.settle(all.proxy.fetch(request))
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    const content = `${await response.text()}${JSON.stringify([...response.headers])}`
    expect(content).not.toContain(key)
    expect(content).not.toMatch(/"param"|creditsConsumed|consumeCredits|remainedCredits/)
    expect(allowedHeaders.split(' ')).toEqual(expect.arrayContaining([...response.headers.keys()]))
    // Only the service's own fault is logged.
    const isOwnFault = (error: unknown): boolean =>
      ApikleyError.is(error) && error.kind === 'authentication'
    expect(all.errors.splice(0).filter((error) => !isOwnFault(error))).toEqual([])
    // Only a signed-in user reaches the service, and only by POST on a known path: no handle of
    // the list belongs to this user. No request but a create with an own key creates a task.
    const mayCreate = attack.idempotencyKey === 'own' ? 1 : 0
    const pathname = new URL(request.url).pathname.replace(/\/$/, '')
    const reachable = postPaths.filter(
      (path) => attack.user !== '' && attack.method === 'POST' && pathname.endsWith(path),
    )
    const paths = journal.requests.slice(before.requests).map(({ path }) => path)
    expect(reachable.map((path) => servicePaths[path])).toEqual(expect.arrayContaining(paths))
    expect(journal.tasks.length - before.tasks).toBeLessThanOrEqual(mayCreate)
  }
  const options = { seed, numRuns: runs * 1.5, endOnFailure: true }
  await fc.assert(fc.asyncProperty(attack, check), options)
  console.log(sent, Object.fromEntries(statuses))
  expect(sent).toBeGreaterThanOrEqual(runs)
  // Some requests are valid, or the test would show nothing.
  expect(all.simulator.journal.tasks.length).toBeGreaterThan(1)
  expect(new Set(all.simulator.journal.tasks.map(({ model }) => model))).toEqual(new Set([model]))
  const forwardedHeaders = ['authorization', 'content-type', 'idempotency-key', 'accept']
  for (const { url, headers } of forwarded) {
    expect(url).toMatch(/^https:\/\/api\.apikley\.ru\/[\w/-]+(\?taskId=\w+)?$/)
    expect(forwardedHeaders).toEqual(expect.arrayContaining([...headers]))
  }
  // The proxy still works. The service fails one request in ten.
  expect([200, 502]).toContain((await sendCreate(all)).status)
  expect((await send(all, request('/credits'))).status).toBe(403)
})
