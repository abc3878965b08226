import type { Node, Statement } from 'typescript'
import type TypeScript from 'typescript'
import { importsIn, type ApiReport } from './report.ts'

export type Export = {
  /** The file that declares it. */
  file: string
  isValue: boolean
  isType: boolean
  /** The number of its type parameters without a default. */
  parameters: number
}

/** The exports of a file of a report, by name. A re-export of another package is not followed. */
export function exportsOf(
  ts: typeof TypeScript,
  report: ApiReport,
  file: string,
): Map<string, Export> {
  const text = report.declarations.get(file) ?? ''
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
  const declared = new Map(
    source.statements.flatMap((statement) => declarationsIn(ts, statement, file)),
  )
  const found = new Map<string, Export>()
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier, isTypeOnly } = statement
      const [path] = moduleSpecifier ? importsIn(file, `'${textOf(ts, moduleSpecifier)}'`) : []
      const from = path === undefined ? declared : exportsOf(ts, report, path)
      const named = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : []
      for (const [name, each] of exportClause ? [] : from) {
        found.set(name, each)
      }
      for (const element of named) {
        const each = from.get((element.propertyName ?? element.name).text)
        const isType = isTypeOnly || element.isTypeOnly
        found.set(element.name.text, each ? { ...each, isValue: each.isValue && !isType } : UNKNOWN)
      }
    } else if (isExported(ts, statement)) {
      for (const [name, each] of declarationsIn(ts, statement, file)) {
        found.set(name, each)
      }
    }
  }
  return found
}

const UNKNOWN: Export = { file: '', isValue: false, isType: false, parameters: 0 }

const textOf = (ts: typeof TypeScript, node: Node): string =>
  ts.isStringLiteral(node) ? node.text : ''

const isExported = (ts: typeof TypeScript, statement: Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

function declarationsIn(
  ts: typeof TypeScript,
  statement: Statement,
  file: string,
): [name: string, Export][] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }): [string, Export][] =>
      ts.isIdentifier(name)
        ? [[name.text, { file, isValue: true, isType: false, parameters: 0 }]]
        : [],
    )
  }
  const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
  const isClass = ts.isClassDeclaration(statement)
  if (!isType && !isClass && !ts.isFunctionDeclaration(statement)) {
    return []
  }
  const { name, typeParameters } = statement
  const each = {
    file,
    isValue: !isType,
    isType: isType || isClass,
    parameters: typeParameters?.filter((each) => each.default === undefined).length ?? 0,
  }
  return name ? [[name.text, each]] : []
}
