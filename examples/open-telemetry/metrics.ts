import type { EventListener } from '@apikley/client'
import type { Meter } from '@opentelemetry/api'

/**
 * A listener that counts creates by their end, and failures of the store, and records how many
 * requests wait for the limit of the account.
 *
 * @example
 * const proxy = createProxyHandler({ ...options, onEvent: measured(metrics.getMeter('shop')) })
 */
export function measured(meter: Meter): EventListener {
  const creates = meter.createCounter('apikley.creates')
  const storeFailures = meter.createCounter('apikley.store.failures')
  const queue = meter.createHistogram('apikley.queue.length')
  const delay = meter.createHistogram('apikley.queue.delay', { unit: 'ms' })
  return (event) => {
    switch (event.type) {
      case 'created':
      case 'unconfirmed':
        return creates.add(1, { outcome: event.type })
      case 'refused':
        return creates.add(1, { outcome: 'refused', reason: event.error.kind })
      case 'store':
        return storeFailures.add(1)
      case 'throttle':
        queue.record(event.queued, { operation: event.operation })
        return delay.record(event.delay, { operation: event.operation })
      default:
        return undefined
    }
  }
}
