// Part of the build of @apikley/types: the compiled document goes into the package, as YAML for tools and as JSON for programs.
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

const specs = join(import.meta.dirname, '../specs')
const target = join(import.meta.dirname, '../packages/types')
await copyFile(join(specs, 'openapi.yaml'), join(target, 'openapi.yaml'))
await writeFile(join(target, 'openapi.json'), `${JSON.stringify(parse(await readFile(join(specs, 'openapi.yaml'), 'utf8')))}\n`)
