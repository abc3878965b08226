import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { createApplication } from '../../packages/pack.ts'
import { codeBlocks, readmes } from '../../packages/readme.ts'
import { repository } from '../../scratch.ts'

const { folder, remove } = await createApplication()
const blocks = await codeBlocks()
const run = promisify(execFile)
afterAll(remove)

test('every README has a complete example', async () => {
  const paths = (await readmes()).map(({ path }) => path)
  expect([...new Set(blocks.map(({ readme }) => readme))]).toEqual(paths)
})

test.each(['nodenext', 'bundler'])(
  'every code block of every README compiles, without types of Node (%s)',
  async (resolution) => {
    const directory = await mkdtemp(join(folder, 'compiled-'))
    for (const { name, code } of blocks) {
      await writeFile(join(directory, name), code)
    }
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable'],
      module: resolution === 'bundler' ? 'preserve' : 'nodenext',
      moduleResolution: resolution,
      jsx: 'react-jsx',
      types: [],
      // Once is enough for the declarations themselves.
      skipLibCheck: resolution === 'bundler',
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const tsc = join(repository, 'node_modules/typescript/bin/tsc')
    const said = await run(process.execPath, [tsc, '-p', directory]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
    expect(said).toBe('')
  },
)
