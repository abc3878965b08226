import type { ModelDescriptor } from '@apikley/types'

/** Whether what a module exports is a model's descriptor. */
export function isDescriptor(value: unknown): value is ModelDescriptor {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    'fields' in value &&
    '~standard' in value
  )
}
