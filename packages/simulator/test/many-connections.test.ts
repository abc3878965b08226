import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startSimulator } from '../src/index.ts'

test('1,500 connections at once are accepted', async () => {
  const { port, stop } = await startSimulator()
  const open = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'))
      socket.once('data', () => resolve('answered'))
      socket.once('error', ({ message }) => resolve(message))
    })
  try {
    const results = await Promise.all(Array.from({ length: 1500 }, open))
    expect(new Set(results)).toEqual(new Set(['answered']))
  } finally {
    await stop()
  }
})
