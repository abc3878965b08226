import { createApikley, type Apikley, type Limiter } from '@apikley/client'
import { createFalClient } from '@fal-ai/client'
import RunwayML from '@runwayml/sdk'
import Replicate from 'replicate'
import { spread } from './spread.ts'

/** Makes a task that takes `ms` and waits for it, the way its users do; gives the task's id. */
export type RunTask = (ms: number) => Promise<string>

const model = 'ideogram/v3-reframe'
const unlimited: Limiter = { acquire: async () => {} }

/** A client of ours that has seen 20 tasks of `seconds` +/- 25 %, or none. */
export function apikley(url: string, minInterval: number, seconds?: number): Apikley {
  const client = createApikley({
    apiKey: 'any',
    baseUrl: url,
    polling: { minInterval },
    limiter: { creates: unlimited, reads: unlimited },
  })
  if (seconds !== undefined) {
    for (const [index, ms] of spread(seconds, 20).entries()) {
      client.tasks.notify(ended(`known_${index}`, ms))
    }
  }
  return client
}

export function runApikley(client: Apikley): RunTask {
  return async (ms) => {
    const input = {
      image_url: `https://files.example.com/?ms=${ms}`,
      image_size: 'square_hd',
    } as const
    return (await client.run(model, input)).taskId
  }
}

/** Polls every 500 ms, as `subscribe` does by default; the result is another request. */
export function fal(url: string): RunTask {
  const client = createFalClient({
    credentials: 'any',
    fetch: (input, init) => fetch(atLoopback(url, input), init),
  })
  return async (ms) => {
    let id = ''
    await client.subscribe('bench/model', {
      input: { prompt: `ms=${ms}` },
      mode: 'polling',
      onEnqueue: (requestId) => (id = requestId),
    })
    return id
  }
}

/**
 * Polls every 500 ms. By default `run` first holds one connection open for up to a minute; this is
 * what it does without.
 */
export function replicate(url: string): RunTask {
  const client = new Replicate({ auth: 'any', baseUrl: `${url}/v1` })
  return async (ms) => {
    let id = ''
    await client.run(
      'bench/model',
      { input: { prompt: `ms=${ms}` }, wait: { mode: 'poll' } },
      (prediction) => (id = prediction.id),
    )
    return id
  }
}

/** Polls every 4.5 to 7.5 s, the first time after one such pause. */
export function runway(url: string): RunTask {
  const client = new RunwayML({ apiKey: 'any', baseURL: url })
  return async (ms) => {
    const promptText = `ms=${ms}`
    const task = await client.textToVideo
      .create({ model: 'gen4.5', promptText, ratio: '1280:720', duration: 5 })
      .waitForTaskOutput()
    return task.id
  }
}

function atLoopback(url: string, input: string | URL | Request): string {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input)
  return `${url}${pathname}${search}`
}

function ended(taskId: string, ms: number): Parameters<Apikley['tasks']['notify']>[0] {
  const nothing = {
    result: undefined,
    param: undefined,
    failCode: undefined,
    failMsg: undefined,
    progress: undefined,
  }
  const times = {
    createTime: 1_765_177_570_132,
    updateTime: undefined,
    completeTime: 1_765_177_570_132 + ms,
    creditsConsumed: undefined,
  }
  return {
    taskId,
    model,
    state: 'success',
    urls: [],
    ...nothing,
    ...times,
    raw: { taskId, model, state: 'success' },
  }
}
