import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { expect, test } from 'vitest'
import { ratioOf } from '../../src/frame/ratio.ts'
import { surroundingsOf } from '../../src/frame/surroundings.ts'

test('every frame of the model has its shape, and a portrait is upright', () => {
  const shapes = v3Reframe.fields.image_size.schema.enum.map((value) =>
    Object.values(ratioOf(value) ?? {}).join(':'),
  )
  expect(shapes).toEqual(['1:1', '1:1', '3:4', '9:16', '4:3', '16:9'])
  expect(ratioOf('21:9')).toEqual({ width: 21, height: 9 })
  for (const other of ['adaptive', '720p', 'TURBO', '1', undefined]) {
    expect(ratioOf(other)).toBeUndefined()
  }
})

test('a picture stays whole: what is new lies above and below it, on both sides, or nowhere', () => {
  const picture = { width: 1200, height: 900 }
  expect(surroundingsOf(picture, { width: 9, height: 16 })).toEqual({
    where: 'above and below',
    share: expect.closeTo(0.578, 3),
  })
  expect(surroundingsOf(picture, { width: 16, height: 9 })).toEqual({
    where: 'on both sides',
    share: expect.closeTo(0.25, 3),
  })
  expect(surroundingsOf(picture, { width: 4, height: 3 })).toEqual({ where: 'nowhere', share: 0 })
})
