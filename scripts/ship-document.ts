// Part of the build of @apikley/types: the compiled document goes into the package, as YAML for tools, with no more white space than it takes, and as
// JSON for programs.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

const target = join(import.meta.dirname, '../packages/types')
const document: unknown = parse(await readFile(join(import.meta.dirname, '../specs/openapi.yaml'), 'utf8'))
await writeFile(
  join(target, 'openapi.yaml'),
  stringify(document, { indent: 1, indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false }),
)
await writeFile(join(target, 'openapi.json'), `${JSON.stringify(document)}\n`)
