import type { EventListener } from '@apikley/client'
import type { Meter } from '@opentelemetry/api'

/**
 * A listener that counts creates by their outcome and failures of the store by call. It records the
 * queue for the limit of the account and how late tasks are polled.
 *
 * @example
 * const proxy = createProxyHandler({ ...options, onEvent: measured(metrics.getMeter('shop')) })
 */
export function measured(meter: Meter): EventListener {
  const creates = meter.createCounter('apikley.creates')
  const storeFailures = meter.createCounter('apikley.store.failures')
  const queue = meter.createHistogram('apikley.queue.length')
  const lateness = meter.createHistogram('apikley.poll.lateness', { unit: 'ms' })
  const delay = meter.createHistogram('apikley.queue.delay', { unit: 'ms' })
  return (event) => {
    switch (event.type) {
      case 'created':
      case 'unconfirmed':
        return creates.add(1, { outcome: event.type })
      case 'refused':
        return creates.add(1, { outcome: 'refused', reason: event.error.kind })
      case 'store':
        return storeFailures.add(1, { call: event.call ?? 'lost' })
      case 'task':
        return event.lateness === undefined ? undefined : lateness.record(event.lateness)
      case 'throttle':
        queue.record(event.queued, { operation: event.operation })
        return delay.record(event.delay, { operation: event.operation })
      default:
        return undefined
    }
  }
}
