import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { models } from '../../../packages/types/src/generated/models.ts'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'

const application = inject('application')

const offered = async (program: string): Promise<string[]> => (await completions(program)).names

const path = join(application.folder, 'completions.ts')

/** @param edit of every file that the program imports */
async function open(program: string, edit = (text: string) => text): Promise<ts.LanguageService> {
  await writeFile(path, program)
  const options: ts.CompilerOptions = {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    skipLibCheck: true,
  }
  return ts.createLanguageService({
    fileExists: (file) => ts.sys.fileExists(file),
    readFile: (file) => ts.sys.readFile(file),
    directoryExists: (folder) => ts.sys.directoryExists(folder),
    realpath: (file) => ts.sys.realpath?.(file) ?? file,
    getCompilationSettings: () => options,
    getScriptFileNames: () => [path],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) =>
      ts.sys.fileExists(file)
        ? ts.ScriptSnapshot.fromString(edit(readFileSync(file, 'utf8')))
        : undefined,
    getCurrentDirectory: () => application.folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  })
}

/** The names that an editor offers at the bar in a program, and the time of a repeated request. */
async function completions(program: string): Promise<{ names: string[]; ms: number }> {
  const service = await open(program.replace('|', ''))
  const ask = (): string[] =>
    service
      .getCompletionsAtPosition(path, program.indexOf('|'), {})
      ?.entries.map(({ name }) => name) ?? []
  // The first request loads the program.
  ask()
  const started = performance.now()
  const names = ask()
  return { names, ms: performance.now() - started }
}

const useRun = `import { useRun } from '@apikley/react'\nconst run = useRun`
const reframe = `${useRun}('ideogram/v3-reframe')\n`

test.each([
  ['the models', `${useRun}('|')`, ['ideogram/v3-reframe']],
  ['the fields of an input', `${reframe}run.run({ | })`, ['image_url', 'image_size']],
  ['the values of a field', `${reframe}run.run({ image_size: '|' })`, ['square_hd', 'square']],
])('an editor offers %s', async (_, program, expected) => {
  expect(await offered(program)).toEqual(expect.arrayContaining(expected))
})

test('an editor offers every model in less than 50 ms', async () => {
  const program = `import { createApikley } from '@apikley/client'\ncreateApikley().run('|')`
  const { names, ms } = await completions(program)
  expect(names).toHaveLength(models.length)
  expect(names).toEqual(expect.arrayContaining(models.map(({ id }) => id)))
  expect(ms).toBeLessThan(50)
})

test('an editor offers the members of a state, and nothing else', async () => {
  const members = await offered(`${reframe}if (run.status === 'error') run.|`)
  expect(members.toSorted().join(' ')).toBe(
    'error input reset resumable resume retry run status stop taskId',
  )
})

test('an editor strikes through calls with a deprecated model, and no others', async () => {
  const model = 'kling-2.6/text-to-video'
  const calls = (id: string): string => `apikley.run('${id}', input)
apikley.tasks.create('${id}', input)
export const use${id.length} = () => useRun('${id}')
`
  const program = `import { createApikley } from '@apikley/client'
import { useRun } from '@apikley/react'
const apikley = createApikley()
declare const input: never
${calls(model)}${calls('ideogram/v3-reframe')}`
  const service = await open(program, (text) =>
    text.replace('type DeprecatedModelId = never', `type DeprecatedModelId = '${model}'`),
  )
  expect(service.getSemanticDiagnostics(path)).toEqual([])
  const struck = service
    .getSuggestionDiagnostics(path)
    .filter(({ reportsDeprecated }) => reportsDeprecated)
    .map(({ start, length }) => program.slice(start, start + length))
  expect(struck).toEqual(['run', 'create', 'useRun'])
})
