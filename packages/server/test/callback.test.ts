import { expect, test } from 'vitest'
import { parseCallback } from '../src/index.ts'

test.each([
  [{ data: { taskId: 'a', task_id: 'b' }, taskId: 'c', task_id: 'd' }, 'a'],
  [{ data: { task_id: 'b' }, taskId: 'c', task_id: 'd' }, 'b'],
  [{ data: null, taskId: 'c', task_id: 'd' }, 'c'],
  [{ task_id: 'd' }, 'd'],
  [{ data: 'x', taskId: 'c' }, 'c'],
  [{ data: { taskId: '' }, taskId: 'c' }, 'c'],
])('%j is about its task', (body, taskId) => {
  expect(parseCallback(JSON.stringify(body))).toEqual({ taskId, body })
})

test.each([
  '',
  '{',
  'null',
  '3',
  '"task_1"',
  '[]',
  '{}',
  '{"data":[]}',
  '{"data":{"taskId":7}}',
  '{"data":{"taskId":{"toString":"x"}}}',
  '{"data":{"taskId":"a b"}}',
  '{"data":{"taskId":"a\\n"}}',
  '{"__proto__":{"data":{"taskId":"a"}}}',
  JSON.stringify({ data: { taskId: 'x'.repeat(201) } }),
])('%s is no callback', (text) => {
  expect(parseCallback(text)).toBeUndefined()
})
