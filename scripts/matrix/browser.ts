import { createServer } from 'node:net'
import { launchChromium } from 'test-kit/chromium'

/** Opens the page, presses its button and gives what it shows in the end. */
export async function runInChromium(url: string, profile: string): Promise<string> {
  const context = await launchChromium(profile)
  try {
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') {
        problems.push(message.text())
      }
    })
    await page.goto(url)
    await page.getByRole('button').click()
    const shown = page.locator('output, [role=alert]')
    await shown.waitFor({ timeout: 60_000 }).catch((error: Error) => problems.push(error.message))
    if (problems.length > 0) {
      throw new Error(`The page reported problems:\n${problems.join('\n')}`)
    }
    return await shown.innerText()
  } finally {
    await context.close()
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
