import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, inject, test } from 'vitest'

const application = inject('application')

/** What an editor offers at the bar, in a program of somebody who has installed the packages. */
async function offered(program: string): Promise<string[]> {
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
  return (
    service
      .getCompletionsAtPosition(path, program.indexOf('|'), {})
      ?.entries.map(({ name }) => name) ?? []
  )
}

describe('an editor offers', () => {
  test('the models', async () => {
    expect(await offered(`import { useRun } from '@apikley/react'\nuseRun('|')`)).toEqual([
      'ideogram/v3-reframe',
    ])
  })

  test('the fields of the input of a model', async () => {
    const fields = await offered(
      `import { useRun } from '@apikley/react'\nuseRun('ideogram/v3-reframe').run({ | })`,
    )
    expect(fields).toEqual(expect.arrayContaining(['image_url', 'image_size', 'rendering_speed']))
  })

  test('the values of a field', async () => {
    const values = await offered(
      `import { useRun } from '@apikley/react'\nuseRun('ideogram/v3-reframe').run({ image_size: '|' })`,
    )
    expect(values).toEqual(expect.arrayContaining(['square_hd', 'portrait_16_9', 'landscape_16_9']))
  })

  test('what a state has, and nothing else', async () => {
    const program = `import { useRun } from '@apikley/react'\nconst run = useRun('ideogram/v3-reframe')\nif (run.status === 'error') run.|`
    expect((await offered(program)).toSorted()).toEqual([
      'error',
      'reset',
      'resumable',
      'resume',
      'run',
      'status',
      'stop',
      'taskId',
    ])
  })
})
