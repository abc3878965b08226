import { chromiumPath } from 'test-kit/chromium'

/** Why there is nothing to test the page in, or nothing when there is. */
export const missing: string | undefined = await chromiumPath().then(
  () => undefined,
  (error: Error) => error.message,
)
if (missing !== undefined) {
  console.warn(`The tests of the page are skipped: ${missing}`)
}
