import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { models } from '../../../packages/types/src/generated/models.ts'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'

const application = inject('application')

const offered = async (program: string): Promise<string[]> => (await completions(program)).names

/** The names that an editor offers at the bar in a program, and the time of a repeated request. */
async function completions(program: string): Promise<{ names: string[]; ms: number }> {
  const path = join(application.folder, 'completions.ts')
  const text = program.replace('|', '')
  await writeFile(path, text)
  const options: ts.CompilerOptions = {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    skipLibCheck: true,
  }
  const service = ts.createLanguageService({
    fileExists: (file) => ts.sys.fileExists(file),
    readFile: (file) => ts.sys.readFile(file),
    directoryExists: (folder) => ts.sys.directoryExists(folder),
    realpath: (file) => ts.sys.realpath?.(file) ?? file,
    getCompilationSettings: () => options,
    getScriptFileNames: () => [path],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) =>
      ts.sys.fileExists(file)
        ? ts.ScriptSnapshot.fromString(readFileSync(file, 'utf8'))
        : undefined,
    getCurrentDirectory: () => application.folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  })
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
    'error reset resumable resume retry run status stop taskId',
  )
})
