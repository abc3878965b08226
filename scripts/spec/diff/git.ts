import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { parse } from '../compile/read.ts'

/** The compiled document of a commit. */
export async function documentAt(root: string, commit: string): Promise<JsonObject> {
  const { stdout } = await promisify(execFile)('git', ['show', `${commit}:specs/openapi.yaml`], {
    cwd: root,
    maxBuffer: 64 * 2 ** 20,
  }).catch(() => {
    throw new SpecError(`There is no specs/openapi.yaml at ${commit}`)
  })
  return parse(stdout, `${commit}:specs/openapi.yaml`).value
}
