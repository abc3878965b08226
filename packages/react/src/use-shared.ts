import type { Apikley } from '@apikley/client'
import { useState } from 'react'

/** The objects that components of a client share, by their key. */
export type Shared<Value> = WeakMap<Apikley, Map<string, Value>>

/** An object of the component, or with a key the one that all components of the client share. */
export function useShared<Value>(
  shared: Shared<Value>,
  client: Apikley,
  key: string | undefined,
  create: (key?: string) => Value,
): Value {
  const [own] = useState(() => create())
  // A server renders the first state, and would keep a shared object as long as its client.
  if (key === undefined || typeof window === 'undefined') {
    return own
  }
  const byKey = shared.get(client) ?? new Map<string, Value>()
  shared.set(client, byKey)
  const value = byKey.get(key) ?? create(key)
  byKey.set(key, value)
  return value
}
