import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { query } from 'jsonpath-rfc9535'
import { isObject, SpecError, type JsonObject } from './json.ts'
import { readDocument } from './read.ts'

export type Overlay = {
  /** The overlay's file. */
  file: string
  /** The document it changes, from its `extends`. */
  target: string
  name: string
  body: JsonObject
}

const redoclyCli = join(
  dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json')),
  'bin',
  'cli.js',
)

export async function readOverlays(directory: string): Promise<Overlay[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.yaml')).toSorted()
  return Promise.all(
    files.map(async (name) => {
      const file = join(directory, name)
      const body = await readDocument(file, name)
      const info = body.info
      if (!isObject(info) || typeof info['x-reason'] !== 'string') {
        throw new SpecError(`Overlay ${name} does not say why it exists: add info.x-reason`)
      }
      if (typeof body.extends !== 'string') {
        throw new SpecError(`Overlay ${name} does not say which document it changes: add extends`)
      }
      return { file, name, body, target: resolve(directory, body.extends) }
    }),
  )
}

/**
 * Applies overlays in one redocly process. A target that matches nothing is an error: redocly is
 * silent about it, and it means that the document has changed under the overlay. Targets are looked
 * up in the document as it comes in.
 */
export async function applyOverlays(
  document: JsonObject,
  overlays: Overlay[],
): Promise<JsonObject> {
  if (overlays.length === 0) {
    return document
  }
  for (const overlay of overlays) {
    checkTargets(document, overlay)
  }
  const directory = await mkdtemp(join(tmpdir(), 'apikley-compile-'))
  try {
    const input = join(directory, 'input.json')
    const output = join(directory, 'output.json')
    await writeFile(input, JSON.stringify(document))
    const options = overlays.flatMap(({ file }) => ['--overlay', relative(directory, file)])
    await redocly(['bundle', 'input.json', '--output', 'output.json', ...options], directory)
    return await readDocument(output, 'the document after its overlays')
  } finally {
    await rm(directory, { recursive: true })
  }
}

function checkTargets(document: JsonObject, overlay: Overlay): void {
  const actions = Array.isArray(overlay.body.actions) ? overlay.body.actions : []
  if (actions.length === 0) {
    throw new SpecError(`Overlay ${overlay.name} has no actions`)
  }
  for (const action of actions) {
    const target = isObject(action) ? action.target : undefined
    if (typeof target !== 'string') {
      throw new SpecError(`Overlay ${overlay.name} has an action without a target`)
    }
    if (query(document, target).length === 0) {
      throw new SpecError(
        `Overlay ${overlay.name}: nothing matches ${target}. Has the document changed? Mend or delete the overlay.`,
      )
    }
  }
}

/** How long a run may take, in ms; the usual ones take 1 s. */
const patience = 60_000

/** Runs redocly without telemetry and update notices; its words are in the error when it fails. */
export async function redocly(args: string[], cwd: string): Promise<string> {
  const env = {
    ...process.env,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    NO_COLOR: '1',
  }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [redoclyCli, ...args], {
      cwd,
      env,
      maxBuffer: 64 * 2 ** 20,
      timeout: patience,
    })
    return stdout
  } catch (error) {
    if (error instanceof Error && 'killed' in error && error.killed) {
      throw new SpecError(
        `redocly ${args[0]} was not done within ${patience / 1000} s. Has the document a pattern that takes for ever?`,
      )
    }
    const said =
      error instanceof Error && 'stdout' in error && 'stderr' in error
        ? `${error.stdout}${error.stderr}`
        : String(error)
    throw new SpecError(`redocly ${args[0]} failed:\n${said}`.trimEnd())
  }
}
