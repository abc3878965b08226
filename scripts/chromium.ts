import { access } from 'node:fs/promises'
import { chromium, type BrowserContext, type LaunchOptions } from 'playwright-core'

/** A program that this machine does not have. A test that needs it is skipped. */
export class Unavailable extends Error {}

const known = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const quiet = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-default-apps',
]

/**
 * A window of this machine's Chromium, with a profile of its own (a folder; a new one, which is
 * removed afterwards, when it is empty text).
 */
export async function launchChromium(
  profile: string = '',
  options: LaunchOptions = {},
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(profile, {
    executablePath: await chromiumPath(),
    headless: true,
    args: quiet,
    ...options,
  })
}

/** @throws {Unavailable} when there is none, which says how to get it */
export async function chromiumPath(): Promise<string> {
  for (const path of known) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    ) {
      return path
    }
  }
  throw new Unavailable(
    'there is no Chromium on this machine; on Debian: apt-get install -y --no-install-recommends chromium',
  )
}
