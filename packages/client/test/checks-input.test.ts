import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { describe, expect, test } from 'vitest'
import { created, input, service } from './service.ts'

test.each([
  ['that holds itself', () => Object.assign({ ...input }, { more: circle() }), /circular/i],
  [
    'that holds itself beside a file',
    () => Object.assign({ ...input, image_url: new Blob(['bytes']) }, { more: circle() }),
    /circular/i,
  ],
  ['with a BigInt in it', () => Object.assign({ ...input }, { more: 1n }), /BigInt/],
  [
    'with a promise in it, whose await was forgotten',
    () => Object.assign({ ...input }, { more: Promise.resolve('a') }),
    /more is a Promise/,
  ],
  ['with NaN', () => Object.assign({ ...input }, { more: Number.NaN }), /more is NaN/],
  ['with undefined in a list', () => Object.assign({ ...input }, { more: [undefined, 1] }), /0 is undefined/],
  ['with a function', () => Object.assign({ ...input }, { more: [() => 1] }), /0 is a Function/],
  ['with an invalid date', () => Object.assign({ ...input }, { more: new Date('') }), /a Date/],
  ['with an error', () => Object.assign({ ...input }, { more: new Error('e') }), /is a Error/],
  ['with a Map', () => Object.assign({ ...input }, { more: [new Map([['a', 1]])] }), /0 is a Map/],
  [
    'with bytes in it',
    () => Object.assign({ ...input }, { more: new Uint8Array(9) }),
    /more is a Uint8Array/,
  ],
  [
    'with a file as Node reads it',
    () => Object.assign({ ...input }, { more: Buffer.from('bytes') }),
    /more is a Uint8Array/,
  ],
])('an input %s is refused before anything is sent', async (_, make, why) => {
  const { apikley, sent, clock } = service([created])
  for (const call of [
    apikley.run('ideogram/v3-reframe', make()),
    apikley.tasks.create('ideogram/v3-reframe', { ...make(), image_url: input.image_url }),
  ]) {
    await expect(call).rejects.toMatchObject({
      kind: 'invalid-input',
      message: expect.stringMatching(why),
    })
  }
  expect(sent).toEqual([])
  expect(clock.pending).toBe(0)
})

test('what is undefined is not there, also where a descriptor checks', async () => {
  const { apikley, sent } = service([created], { models: [v3Reframe] })
  await apikley.tasks.create(
    'ideogram/v3-reframe',
    Object.assign({ ...input }, Object({ seed: undefined })),
  )
  expect(sent).toHaveLength(1)
})

test('what JSON has a form for goes as it is', async () => {
  const { apikley, sent } = service([created])
  const more = {
    none: null,
    empty: {},
    bare: Object.create(null),
    list: [],
    when: new Date(0),
    where: new URL('https://a.example/'),
    scene: new Seed(),
  }
  await apikley.tasks.create('ideogram/v3-reframe', Object.assign({ ...input }, more))
  expect(JSON.parse(sent[0]?.body ?? '').input).toEqual(
    JSON.parse(JSON.stringify({ ...input, ...more })),
  )
})

class Seed {
  readonly seed = 7
}

function circle(): object {
  const round: { itself?: object } = {}
  round.itself = round
  return round
}

describe('models that are given as descriptors are checked before anything is sent', () => {
  test('a wrong value is found, with its place and what is allowed', async () => {
    const { apikley, sent } = service([created], { models: [v3Reframe] })
    // @ts-expect-error not one of the sizes
    const wrong = apikley.tasks.create('ideogram/v3-reframe', { ...input, image_size: 'wide' })
    await expect(wrong).rejects.toMatchObject({
      kind: 'invalid-input',
      message: expect.stringMatching(/image_size: .*"square".*"landscape_16_9"/),
    })
    expect(sent).toHaveLength(0)
  })

  test('what is right goes', async () => {
    const { apikley, sent } = service([created], { models: [v3Reframe] })
    await apikley.tasks.create('ideogram/v3-reframe', input)
    expect(sent).toHaveLength(1)
  })

  test('without a descriptor an old list of values here blocks no new value there', async () => {
    const { apikley, sent } = service([created])
    // @ts-expect-error not one of the sizes that the types know
    await apikley.tasks.create('ideogram/v3-reframe', { ...input, image_size: 'wide' })
    expect(JSON.parse(sent[0]?.body ?? '').input.image_size).toBe('wide')
  })
})
