// Part of the build of @apikley/types: the compiled document goes into the package, as YAML for
// tools, with no more white space than it takes, and as JSON for programs.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Document, isPair, isScalar, parse, visit } from 'yaml'

/** What is no longer than this stands on one line, in characters. */
const line = 400

const target = join(import.meta.dirname, '../packages/types')
const value: unknown = parse(
  await readFile(join(import.meta.dirname, '../specs/openapi.yaml'), 'utf8'),
)
const document = new Document(value, { aliasDuplicateObjects: false })
visit(document, {
  Collection(_, node) {
    const isLeaf = node.items.every((item) => isScalar(isPair(item) ? item.value : item))
    node.flow = isLeaf && JSON.stringify(node).length < line
  },
})
await writeFile(
  join(target, 'openapi.yaml'),
  document.toString({ indent: 1, indentSeq: false, lineWidth: 0, flowCollectionPadding: false }),
)
await writeFile(join(target, 'openapi.json'), `${JSON.stringify(value)}\n`)
