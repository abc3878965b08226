import { SpecError } from './compile/json.ts'
import { fileFault } from './file-fault.ts'

/**
 * Runs a command. A fault of a document or file is printed as its message alone, a wrong option with
 * the usage.
 *
 * @param failure the exit code when the command throws
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
      console.error(error instanceof SpecError ? error.message : (fileFault(error) ?? error))
    }
    process.exitCode = failure
  }
}
