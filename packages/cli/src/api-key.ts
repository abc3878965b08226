import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from './errors.ts'
import type { Host } from './host.ts'

/** Permissions of other users. */
const OTHERS = 0o077

type Environment = Pick<Host, 'env'>

/** The API key of the environment, or of a file that only the user can read. */
export async function readApiKey({ env }: Environment): Promise<string> {
  if (env.APIKLEY_API_KEY) {
    return env.APIKLEY_API_KEY
  }
  const file = env.APIKLEY_KEY_FILE ?? join(configHome({ env }), 'apikley', 'key')
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) {
    throw new UsageError(
      `No API key found. Set APIKLEY_API_KEY, or write the key to ${file} and run ` +
        `\`chmod 600 ${file}\`. ` +
        'Keys are at https://app.apikley.ru/keys. To try a command without a key, add --simulate.',
    )
  }
  const isForeign = process.getuid !== undefined && found.uid !== process.getuid()
  if (isForeign || (found.mode & OTHERS) !== 0) {
    throw new UsageError(
      `Other users may read the API key in ${file}. Nothing was sent. ` +
        `Run \`chmod 600 ${file}\` as its owner.`,
    )
  }
  return (await readFile(file, 'utf8')).trim()
}

function configHome({ env }: Environment): string {
  return env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config')
}

/** The folder for the state of all accounts. */
export function stateFolder({ env }: Environment): string {
  const home = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state')
  return join(home, 'apikley')
}
