import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createApikley, type Apikley, type ApikleyOptions } from '@apikley/client'
import type { ModelDescriptor } from '@apikley/types'
import { readApiKey, stateFolder } from './api-key.ts'
import { UsageError } from './errors.ts'
import type { Host } from './host.ts'
import { Ledger } from './ledger/ledger.ts'

/** The client and the ledger of one account. */
export interface Session {
  readonly apikley: Apikley
  readonly ledger: Ledger
  /** Inputs of these models are checked before they are sent. */
  readonly models: ModelDescriptor[]
  /** A simulator knows no tasks of an earlier command. It then adds this one. */
  readonly expectTask: (taskId: string) => void
  readonly close: () => Promise<void>
}

/** Tasks of the simulator end after this time, in ms. */
const SIMULATED_LATENCY_MS = [500, 1500] as const

const SIMULATED_KEY = 'a-key-of-the-simulator'

/** @throws {UsageError} without a key, or if the state folder cannot be written */
export async function openSession(host: Host, isSimulated: boolean): Promise<Session> {
  if (isSimulated) {
    return openSimulated(host)
  }
  const apiKey = await readApiKey(host)
  const baseUrl = host.env.APIKLEY_BASE_URL || undefined
  // One ledger for each account. The key cannot be computed from the name.
  const account = createHash('sha256')
    .update(`${baseUrl ?? ''}\n${apiKey}`)
    .digest('hex')
  return connect(host, account.slice(0, 16), { apiKey, baseUrl, fetch: host.fetch })
}

function connect(host: Host, account: string, options: ApikleyOptions): Session {
  const ledger = openLedger(host, account)
  const models: ModelDescriptor[] = []
  const apikley = createApikley({ ...options, store: ledger, models }, host.runtime)
  return {
    apikley,
    ledger,
    models,
    expectTask: () => {},
    close: async () => ledger.close(),
  }
}

async function openSimulated(host: Host): Promise<Session> {
  const { createRealClock, createSimulator } = await import('@apikley/simulator')
  const simulator = createSimulator({
    clock: host.runtime?.clock ?? createRealClock(),
    // Each command has other task ids.
    seed: Math.random(),
    latency: SIMULATED_LATENCY_MS,
  })
  const session = connect(host, 'simulated', { apiKey: SIMULATED_KEY, fetch: simulator.fetch })
  return {
    ...session,
    expectTask(taskId) {
      if (simulator.journal.tasks.every((task) => task.taskId !== taskId)) {
        const { model = 'google/nano-banana-edit' } = session.ledger.find({ taskId }) ?? {}
        simulator.control.addTask({ taskId, model })
      }
    },
    async close() {
      await simulator.stop()
      await session.close()
    },
  }
}

function openLedger(host: Host, account: string): Ledger {
  const folder = join(stateFolder(host), account)
  try {
    return new Ledger(folder, host.runtime?.clock)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `The ledger in ${folder} cannot be used: ${why}. Nothing was sent. Set ` +
        'XDG_STATE_HOME to a folder that you can write.',
    )
  }
}
