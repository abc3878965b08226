import { describe, expect, test } from 'vitest'
import { ApikleyError } from '../src/index.ts'

const error = new ApikleyError({
  kind: 'task-failed',
  message: 'Task t failed',
  taskId: 't',
  failCode: '422',
  failMsg: 'words',
  cause: new Error('inner'),
})

describe('ApikleyError', () => {
  test('becomes a plain object that holds what is known and nothing else', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      kind: 'task-failed',
      message: 'Task t failed',
      taskId: 't',
      failCode: '422',
      failMsg: 'words',
    })
  })

  test('comes back from it', () => {
    const restored = ApikleyError.from(JSON.parse(JSON.stringify(error)))
    expect(restored).toBeInstanceOf(ApikleyError)
    expect(restored.toJSON()).toEqual(error.toJSON())
  })

  test('what is not known is not there', () => {
    expect('status' in error).toBe(false)
  })

  test('is known across copies of the package', () => {
    const other = Object.assign(new Error('words'), { name: 'ApikleyError', kind: 'server' })
    expect(ApikleyError.is(other)).toBe(true)
    expect([new Error('words'), undefined, 'ApikleyError', { kind: 'server' }].some((value) => ApikleyError.is(value))).toBe(false)
  })
})
