import { runInNewContext } from 'node:vm'
import type { ModelDescriptor } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { expect, test } from 'vitest'
import type { Apikley } from '../src/index.ts'
import { MODEL, created, json } from './replies.ts'
import { calls, errorOf, input, proxied, sentInput, service } from './service.ts'

class Seed {
  readonly #seed = 7

  get seed(): number {
    return this.#seed
  }
}

function createCircle(): object {
  const circle: { itself?: object } = {}
  circle.itself = circle
  return circle
}

const file = { image_url: new Blob(['bytes'], { type: 'image/png' }) }

test.each<[string, object, RegExp]>([
  ['a circle', { more: createCircle() }, /circular/i],
  ['a circle beside a file', { ...file, more: createCircle() }, /circular/i],
  ['a BigInt', { more: 1n }, /BigInt/],
  ['a promise', { more: Promise.resolve('a') }, /more is a Promise/],
  ['NaN', { more: Number.NaN }, /more is NaN/],
  ['undefined in a list', { more: [undefined, 1] }, /0 is undefined/],
  ['a function', { more: [() => 1] }, /0 is a Function/],
  ['an invalid date', { more: new Date('') }, /more is a Date/],
  ['an error', { more: new Error('e') }, /more is a Error/],
  ['a Map', { more: [new Map([['a', 1]])] }, /0 is a Map/],
  ['an object of a class', { more: [new Seed()] }, /0 has a class/],
  ['an object with a prototype', { more: Object.create({ seed: 7 }) }, /more has a class/],
  ['a symbol as key', { more: { [Symbol('seed')]: 7 } }, /more has the key Symbol\(seed\)/],
  ['a list with a name', { more: Object.assign([1], { seed: 7 }) }, /more has the key seed/],
  ['a hole in a list', { more: Array(2) }, /0 is undefined/],
  ['a boxed text', { more: Object('text') }, /more is a String/],
  ['bytes', { more: Buffer.from('bytes') }, /more is a Uint8Array/],
])('an input with %s is refused before anything is sent', async (_, more, reason) => {
  const { apikley, sent, clock } = service([created])
  const wrong = Object.assign({ ...input }, more)
  const message = expect.stringMatching(reason)
  for (const call of [apikley.run(MODEL, wrong), apikley.tasks.create(MODEL, wrong)]) {
    expect(await errorOf(call)).toMatchObject({ kind: 'invalid-input', message })
  }
  expect(sent).toEqual([])
  expect(clock.pending).toBe(0)
})

test('values that JSON can represent are sent', async () => {
  const { apikley, sent } = service([created])
  const dates = { when: new Date(0), where: new URL('https://a.example/') }
  const more: object = {
    none: null,
    image_size: 'wide',
    empty: {},
    bare: Object.create(null),
    list: [],
    foreign: runInNewContext('({ seed: [7] })'),
    proxy: new Proxy({ seed: 7 }, {}),
    getter: Object.defineProperty({}, 'seed', { get: () => 7, enumerable: true }),
    json: Object.assign(new Seed(), { toJSON: () => 7 }),
  }
  const given = Object.assign({ ...input }, more, dates)
  await apikley.tasks.create(MODEL, given)
  expect(sentInput(sent[0])).toEqual(JSON.parse(JSON.stringify(given)))
})

test('undefined fields are accepted with a descriptor', async () => {
  const { apikley, sent } = service([created], { models: [v3Reframe] })
  await apikley.tasks.create(MODEL, { ...input, seed: undefined })
  expect(sentInput(sent[0])).toEqual(input)
})

test('a value that the descriptor does not allow is refused before anything is sent', async () => {
  const { apikley, sent } = service([created], { models: [v3Reframe] })
  // @ts-expect-error The size does not exist.
  const wrong = apikley.tasks.create(MODEL, { ...input, image_size: 'wide' })
  const message = expect.stringMatching(/image_size must be .*"square".*"landscape_16_9"/)
  await expect(wrong).rejects.toMatchObject({ kind: 'invalid-input', message })
  expect(sent).toHaveLength(0)
})

test.each<[string, ModelDescriptor[], RegExp]>([
  ['its note', [v3Reframe], /kie.ai has retired this model/],
  ['where its note is', [], /see its note in @apikley\/types\/models/],
])('a model that the service does not know is refused with %s', async (_, models, note) => {
  const msg = 'The model name you specified is not supported'
  const { apikley } = service([json({ code: 422, msg })], { models })
  const message = expect.stringMatching(note)
  const error = { kind: 'rejected', charge: 'none', code: 422, message }
  expect(await errorOf(apikley.run(MODEL, input))).toMatchObject(error)
})

test.each(['createKey', 'recover', ...Object.keys(calls)])(
  '%s refuses options of another type before anything is sent',
  async (name) => {
    const all: typeof calls = {
      ...calls,
      createKey: ({ tasks }, options) => Reflect.apply(tasks.createKey, null, [options]),
      recover({ tasks }, options) {
        const { idempotencyKey } = Object({ idempotencyKey: 'a', ...Object(options) })
        return Reflect.apply(tasks.recover, null, [idempotencyKey, options])
      },
    }
    const keys = [5, '', 'k'.repeat(256), 'a\nb', 'ключ']
    const callbacks = ['onKey', 'onUpdate', 'onPoll', 'onCreated', 'onUpload', 'onProgress']
    for (const options of [
      ...[null, 5, [], () => {}],
      ...[new AbortController(), false, { aborted: false }].map((signal) => ({ signal })),
      ...['5', Number.NaN, -1].flatMap((time) => [{ timeout: time }, { createdAt: time }]),
      ...keys.map((idempotencyKey) => ({ idempotencyKey })),
      ...['', null, ['a']].flatMap((text) => [{ fileName: text }, { directory: text }]),
      ...callbacks.flatMap((name) => ['save', 5, null, []].map((wrong) => ({ [name]: wrong }))),
    ]) {
      for (const more of [{}, proxied]) {
        const { apikley, sent, clock } = service([created], more)
        const error = await errorOf((async () => all[name]?.(apikley, options))())
        expect(error).toMatchObject({ kind: 'configuration', charge: 'none' })
        expect(String(error)).toMatch(/ must be .*, not .*Nothing was sent/)
        expect(sent).toEqual([])
        expect(clock.pending).toBe(0)
      }
    }
  },
)

test.each([
  ['fetch', 'fetch', [5, {}, 'fetch']],
  ['onEvent', 'onEvent', [5, {}]],
  ['baseUrl', 'baseUrl', [5, '', []]],
  ['uploadUrl', 'uploadUrl', [true]],
  ['apiKey', 'The API key', [5, true, Symbol('a')]],
])('a client with another type as %s is refused', (option, name, values) => {
  for (const wrong of values) {
    expect(() => service([], { [option]: wrong })).toThrow(new RegExp(`^${name} `))
  }
})

test.each<[string, (client: Apikley, wrong: unknown) => unknown]>([
  ['model', ({ tasks }, wrong) => Reflect.apply(tasks.create, null, [wrong, input])],
  ['input', ({ tasks }, wrong) => Reflect.apply(tasks.create, null, [MODEL, wrong])],
  ['the URL of a result', ({ files }, url) => Reflect.apply(files.downloadUrl, null, [url])],
  ['the URL of an upload', ({ files }, url) => Reflect.apply(files.uploadFromUrl, null, [url])],
  ['the URL of a download', ({ files }, url) => Reflect.apply(files.save, null, [url])],
  ['a task to get', ({ tasks }, id) => Reflect.apply(tasks.get, null, [id])],
  ['a task to wait for', ({ tasks }, id) => Reflect.apply(tasks.wait, null, [id])],
  ['a task to watch', ({ tasks }, id) => Reflect.apply(tasks.watch, null, [id]).next()],
  ['a task to notify', ({ tasks }, id) => Reflect.apply(tasks.notify, null, [id])],
  ['callbackUrl', (client, callbackUrl) => calls.create?.(client, { callbackUrl })],
])('another type as %s is refused before anything is sent', async (_, call) => {
  const { apikley, sent } = service([created])
  for (const wrong of [5, null, '', ['a'], Symbol('a'), new Date(0)]) {
    expect(await errorOf((async () => call(apikley, wrong))())).toMatchObject({
      kind: 'invalid-input',
      charge: 'none',
    })
  }
  expect(sent).toEqual([])
})
