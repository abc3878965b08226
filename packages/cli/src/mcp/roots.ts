import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  inputRequired,
  inputResponse,
  type InputRequiredResult,
} from '@modelcontextprotocol/server'
import { UsageError } from '../errors.ts'

/** The part of a call that knows the roots. */
export interface RootsSource {
  /** Folders from the option --root. */
  readonly folders: readonly string[]
  /** Whether the client of the agent can name roots. */
  readonly hasRoots: boolean
  /** Answers of the client in this call. */
  readonly responses: Parameters<typeof inputResponse>[0]
}

/** The folders that the agent may read and write, or the request for them. */
export async function findRoots({
  folders,
  hasRoots,
  responses,
}: RootsSource): Promise<readonly string[] | InputRequiredResult> {
  const answer = inputResponse(responses, 'roots')
  if (answer.kind === 'missing' && hasRoots) {
    return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } })
  }
  const named = answer.kind === 'roots' ? answer.roots.map(({ uri }) => uri) : []
  const files = named.filter((uri) => uri.startsWith('file:')).map((uri) => fileURLToPath(uri))
  // A root that does not exist allows nothing.
  const real = [...folders, ...files].map((folder) => realpath(folder).catch(() => undefined))
  return (await Promise.all(real)).filter((folder) => folder !== undefined)
}

/**
 * The real path below a root. A symlink out of the roots is refused.
 *
 * @throws {UsageError}
 */
export async function pathBelow(roots: readonly string[], path: string): Promise<string> {
  const [first] = roots
  if (first === undefined) {
    throw new UsageError(
      'No root is named, so no file may be read or written. Ask the user to start ' +
        '`apikley mcp --root FOLDER`. Nothing was charged.',
    )
  }
  const found = await realOf(resolve(first, path))
  if (!roots.some((root) => isBelow(root, found))) {
    throw new UsageError(
      `${path} is not below a root: ${roots.join(', ')}. Use a path below one. ` +
        'Nothing was charged.',
    )
  }
  return found
}

/** The real path of a file that may not exist yet. */
async function realOf(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined)
  if (found !== undefined || dirname(path) === path) {
    return found ?? path
  }
  return join(await realOf(dirname(path)), basename(path))
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !/^\.\.[/\\]/.test(way) && !isAbsolute(way)
}
