import { run } from '../../run.ts'
import { SpecError, type JsonObject } from '../compile/json.ts'
import { parse } from '../compile/read.ts'

/** The compiled document of a commit. */
export async function documentAt(root: string, commit: string): Promise<JsonObject> {
  const name = `${commit}:specs/openapi.yaml`
  const text = await run('git', ['show', name], { cwd: root }).catch(() => {
    throw new SpecError(`There is no specs/openapi.yaml at ${commit}`)
  })
  return parse(text, name).value
}
