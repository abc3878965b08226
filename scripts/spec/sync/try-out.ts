import { generate } from '../generate/generate.ts'
import { lint } from '../generate/lint.ts'

/**
 * Whether the documents below a root compile, generate and pass the linter. Nothing is written.
 *
 * @throws {SpecError} when they do not
 */
export async function tryOut(root: string): Promise<void> {
  const files = await generate(root)
  await lint(files.get('specs/openapi.yaml') ?? '')
}
