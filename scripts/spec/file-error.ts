import { tmpdir } from 'node:os'

const ACCESS = 'may not be read or changed: give yourself access to it and to its folder'
const FULL = 'is on a full disk: free some space'

/** By the code of a system error: what is wrong with the file, and what fixes it. */
const FAULTS: Record<string, string> = {
  EACCES: ACCESS,
  EPERM: ACCESS,
  EROFS: 'is on a read-only disk: make that writable',
  ENOSPC: FULL,
  EDQUOT: FULL,
  ENOENT: 'does not exist: check its path',
  EISDIR: 'is a folder in the place of a file: move it away',
  ENOTDIR: 'is below a file: move that away',
  EEXIST: 'is a file in the place of a folder: move it away',
}

/**
 * One sentence for a file that the system refuses to read or write. Undefined for other errors.
 *
 * @param path the file if the error has none, as after a write
 */
export function fileFault(error: unknown, path = tmpdir()): string | undefined {
  const {
    code,
    syscall,
    path: from,
    dest,
  }: NodeJS.ErrnoException & { dest?: string } = Object(error)
  const fault = FAULTS[code ?? '']
  const refused = syscall === 'rename' ? dest : from
  return fault && `${refused ?? path} ${fault}, and run the command again`
}
