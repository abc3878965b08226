import type { EventListener, RequestEvent } from '@apikley/client'
import { SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api'

/**
 * A listener that makes a span of each request, below the span that is active when the request is
 * sent, and puts everything else on the active span. Names are those of the semantic conventions
 * for HTTP clients.
 *
 * @example
 * const apikley = createApikley({ onEvent: traced(trace.getTracer('shop')) })
 */
export function traced(tracer: Tracer): EventListener {
  const spans = new Map<RequestEvent, Span>()
  return (event) => {
    if (event.type === 'request') {
      const span = tracer.startSpan(`${event.method} ${event.operation}`, {
        kind: SpanKind.CLIENT,
        startTime: event.time,
        attributes: {
          'http.request.method': event.method,
          'url.full': event.url,
          'http.request.resend_count': event.attempt - 1,
          'apikley.operation': event.operation,
          ...(event.idempotencyKey === undefined
            ? {}
            : { 'apikley.idempotency_key': event.idempotencyKey }),
        },
      })
      spans.set(event, span)
    } else if (event.type === 'request-end') {
      const span = spans.get(event.request)
      spans.delete(event.request)
      if (event.status !== undefined) {
        span?.setAttribute('http.response.status_code', event.status)
      }
      if (event.error) {
        span?.setAttribute('error.type', event.error.kind).setStatus({ code: SpanStatusCode.ERROR })
      }
      span?.end(event.request.time + event.duration)
    } else if (event.type === 'created') {
      trace.getActiveSpan()?.addEvent('apikley.created', {
        'apikley.task_id': event.taskId,
        'apikley.model': event.model,
      })
    } else if (event.type === 'task') {
      trace.getActiveSpan()?.addEvent('apikley.task', {
        'apikley.task_id': event.taskId,
        'apikley.state': event.state,
      })
    } else if (event.type === 'retry' || event.type === 'throttle') {
      trace.getActiveSpan()?.addEvent(`apikley.${event.type}`, {
        'apikley.operation': event.operation,
        'apikley.delay_ms': event.delay,
      })
    } else if (event.type === 'unconfirmed') {
      trace
        .getActiveSpan()
        ?.addEvent('apikley.unconfirmed', { 'apikley.idempotency_key': event.idempotencyKey })
    }
  }
}
