import { existsSync } from 'node:fs'
import { chromium, type BrowserContext } from 'playwright-core'
import { Unavailable } from './unavailable.ts'

const PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-default-apps',
]

/**
 * Opens a window of this machine's Chromium.
 *
 * @param profile a folder. The default is a new folder, which is removed afterwards.
 * @throws {Unavailable} when this machine has no Chromium
 */
export async function launchChromium(
  profile: string = '',
  options: Parameters<typeof chromium.launchPersistentContext>[1] = {},
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: await chromiumPath(),
    headless: true,
    args: ARGUMENTS,
    ...options,
  })
}

const installed = (): string | undefined => PATHS.find((path) => existsSync(path))

/** Whether this machine has Chromium. It warns if not, because its tests are then skipped. */
export function hasChromium(): boolean {
  const isThere = installed() !== undefined
  if (!isThere) {
    console.warn('Skipped: Chromium is not installed')
  }
  return isThere
}

/** @throws {Unavailable} when this machine has no Chromium */
export async function chromiumPath(): Promise<string> {
  const path = installed()
  if (path === undefined) {
    throw new Unavailable(
      'Chromium is not installed; on Debian: apt-get install -y --no-install-recommends chromium',
    )
  }
  return path
}
