import { mkdir, readdir } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { run } from '../run.ts'
import type { Runtimes } from './runtimes.ts'
import type { Cell, Workspace } from './workspace.ts'

/** A model of each kind, with the extension of its simulated result. */
const RUNS: Readonly<Record<string, string[]>> = {
  gif: ['google/imagen4', '--prompt', 'cat'],
  mp4: ['hailuo/02-text-to-video-standard', '--prompt', 'cat'],
  mp3: ['elevenlabs/sound-effect-v2', '--text', 'meow'],
  txt: ['elevenlabs/speech-to-text', '--audio-url', 'https://files.example.com/cat.mp3'],
}

/** The command `apikley` in an empty folder, as a user starts it. */
export function commandCells({ node, bun }: Runtimes): Cell[] {
  const npx = node.versions.map((version) => ({
    name: `npx runs the command with Node ${version}`,
    run: async (workspace: Workspace) => {
      const folder = dirname(await workspace.program('node', version))
      const path = [folder, process.env.PATH].join(delimiter)
      await saveResults(workspace, `node-${version}`, 'npx', ['--yes'], { PATH: path })
    },
  }))
  const bunx: Cell = {
    name: `bunx runs the command with Bun ${bun}`,
    run: async (workspace) => {
      const program = await workspace.program('bun', bun)
      const env = { BUN_INSTALL_CACHE_DIR: join(workspace.folder, 'bun-cache', 'command') }
      await saveResults(workspace, 'bun', program, ['x', '--bun'], env)
    },
  }
  return [...npx, bunx]
}

async function saveResults(
  workspace: Workspace,
  name: string,
  program: string,
  options: string[],
  env: Record<string, string>,
): Promise<void> {
  const cwd = join(workspace.folder, 'command', name)
  await mkdir(cwd, { recursive: true })
  await workspace.useRegistry(cwd)
  for (const model of Object.values(RUNS)) {
    const args = ['run', ...model, '--simulate', '--out', 'result.{ext}']
    const command = [...options, workspace.versioned('@apikley/cli'), ...args]
    await run(program, command, { cwd, env: { HOME: cwd, XDG_STATE_HOME: cwd, ...env } })
  }
  const saved = (await readdir(cwd)).filter((file) => file.startsWith('result.')).toSorted()
  const expected = Object.keys(RUNS).map((extension) => `result.${extension}`)
  if (saved.join() !== expected.toSorted().join()) {
    throw new Error(`The command saved ${saved.join(', ')}.`)
  }
}
