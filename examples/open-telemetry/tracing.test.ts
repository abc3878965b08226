import { AsyncLocalStorage } from 'node:async_hooks'
import { createApikley } from '@apikley/client'
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Context,
  type ContextManager,
} from '@opentelemetry/api'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { traced } from './tracing.ts'

/**
 * What `@opentelemetry/sdk-node` sets up in an application: the active span follows the program
 * across what it awaits.
 */
const storage = new AsyncLocalStorage<Context>()
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, callback, self, ...args) => storage.run(active, () => callback.apply(self, args)),
  bind: (_, target) => target,
  enable: () => manager,
  disable: () => manager,
}
const exporter = new InMemorySpanExporter()
const tracer = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter)],
}).getTracer('test')

beforeAll(() => void context.setGlobalContextManager(manager))
afterAll(() => context.disable())

test('each request is a child of the active span, with its outcome', async () => {
  const answers = [
    Response.json({ code: 455, msg: 'maintenance' }, { headers: { 'retry-after': '0' } }),
    Response.json({ code: 200, data: { taskId: 'task_1' } }),
    Response.json({
      code: 200,
      data: {
        taskId: 'task_1',
        model: 'ideogram/v3-reframe',
        state: 'success',
        resultJson: '{"resultUrls":["https://files.example.com/1.webp"]}',
      },
    }),
  ]
  const apikley = createApikley({
    apiKey: 'any-long-key-will-do',
    onEvent: traced(tracer),
    fetch: async () => answers.shift() ?? Response.error(),
  })
  await tracer.startActiveSpan('make a banner', async (span) => {
    await apikley.run('ideogram/v3-reframe', {
      image_url: 'https://files.example.com/cat.png',
      image_size: 'square',
    })
    span.end()
  })

  const spans = exporter.getFinishedSpans()
  expect(
    spans.map(({ name, status, attributes }) => [
      name,
      status.code,
      attributes['http.request.resend_count'],
      attributes['error.type'],
    ]),
  ).toEqual([
    ['POST create-task', SpanStatusCode.ERROR, 0, 'maintenance'],
    ['POST create-task', SpanStatusCode.UNSET, 1, undefined],
    ['GET get-task-details', SpanStatusCode.UNSET, 0, undefined],
    ['make a banner', SpanStatusCode.UNSET, undefined, undefined],
  ])
  const banner = spans.at(-1)
  for (const request of spans.slice(0, -1)) {
    expect(request.parentSpanContext?.spanId).toBe(banner?.spanContext().spanId)
  }
  expect(banner?.events.map(({ name }) => name)).toEqual([
    'apikley.retry',
    'apikley.created',
    'apikley.task',
  ])
  expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toMatch(
    /any-long-key|cat\.png/,
  )
  expect(trace.getActiveSpan()).toBeUndefined()
})
