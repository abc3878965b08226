import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../run.ts'

/** GitHub refuses a body with more characters. Bytes are never fewer than characters. */
const MAX_BODY_BYTES = 65_536

const IDENTITY = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'github-actions[bot]'],
    [`GIT_${role}_EMAIL`, '41898282+github-actions[bot]@users.noreply.github.com'],
  ]),
)

/** Git in a folder. It commits as the bot of GitHub's workflows. */
export function toGit(
  cwd: string,
  env: Record<string, string> = {},
): (...args: string[]) => Promise<string> {
  return async (...args) => (await run('git', args, { cwd, env: { ...IDENTITY, ...env } })).trim()
}

/** Runs `gh` with the token of the environment. */
export function gh(root: string, ...args: string[]): Promise<string> {
  return run('gh', args, { cwd: root })
}

/** Runs `gh` with a body, which may be too long for an argument. */
export async function ghWithBody(root: string, body: string, ...args: string[]): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'apikley-body-'))
  const file = join(folder.path, 'body.md')
  await writeFile(file, body)
  return await gh(root, ...args, file)
}

/** The text as the body of a pull request or release. A link replaces the lines beyond the limit. */
export function toBody(text: string, link: string): string {
  if (Buffer.byteLength(text) <= MAX_BODY_BYTES) {
    return text
  }
  const note = `\n\nThe rest does not fit here: ${link}\n`
  const bytes = Buffer.from(text).subarray(0, MAX_BODY_BYTES - Buffer.byteLength(note))
  // `stream` leaves out a character that the cut has halved.
  const part = new TextDecoder().decode(bytes, { stream: true })
  const end = part.lastIndexOf('\n')
  return part.slice(0, end > 0 ? end : undefined) + note
}

/** The URL of a file on GitHub, from the variables of the workflow. */
export function toLink(branch: string, path: string): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  return `${server}/${name}/blob/${branch}/${path}`
}
