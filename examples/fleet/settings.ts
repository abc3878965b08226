import type { ApikleyOptions } from '@apikley/client'

export const QUEUE = 'images'

/** A job names its input. The images are saved under its name. */
export interface ImageJob {
  readonly name: string
  readonly imageUrl: string
  readonly idempotencyKey?: string
}

/** What every process of the fleet has to know. A deployment has it in its environment. */
export interface Settings {
  readonly redisUrl: string
  readonly client: Pick<ApikleyOptions, 'apiKey' | 'baseUrl' | 'limits'>
  readonly folder: string
  readonly callbackUrl?: string
}

export function readSettings(): Settings {
  return JSON.parse(process.env.FLEET_SETTINGS ?? '')
}
