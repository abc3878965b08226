import { SpecError } from '../compile/json.ts'

/**
 * Runs a command: what a maintainer has to mend is told in its own words, a wrong option with the
 * usage.
 *
 * @param failure the exit code when the command fails as a whole
 */
export async function run(usage: string, command: () => Promise<void>, failure = 1): Promise<void> {
  try {
    await command()
  } catch (error) {
    const isOption =
      error instanceof TypeError &&
      'code' in error &&
      String(error.code).startsWith('ERR_PARSE_ARGS')
    if (isOption) {
      console.error(`${error.message}\n${usage}`)
    } else {
      console.error(error instanceof SpecError ? error.message : error)
    }
    process.exitCode = failure
  }
}
