// `pnpm bench models [--models N]`: what many models cost: to compile and generate, to the compiler
// of a program that calls one of them, and in its bundle.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { build } from 'esbuild'
import { generate, write } from '../scripts/spec/generate/generate.ts'
import { createScratch, type Scratch } from '../scripts/scratch.ts'

const { values } = parseArgs({ options: { models: { type: 'string', default: '200' } } })
const count = Number(values.models)
const empty = `import { createApikley } from '@apikley/client'\nexport const apikley = createApikley()\n`
const caller = `${empty}export const run = apikley.run('many/model-7', { prompt: 'a cat' })\n`

const [few, many] = [await createScratch(), await createScratch()]
try {
  const document = await readFile(
    join(import.meta.dirname, '../scripts/test/fixtures/painter.yaml'),
    'utf8',
  )
  await mkdir(join(many.root, 'specs/upstream/many'))
  for (let index = 0; index < count; index++) {
    await writeFile(
      join(many.root, `specs/upstream/many/model-${index}.yaml`),
      document.replaceAll('atelier/painter-2.5', `many/model-${index}`),
    )
  }

  const started = performance.now()
  const { files } = await generate(many.root)
  await write(many.root, files)
  const seconds = (performance.now() - started) / 1000

  const idle = await instantiations(many, empty)
  const calling = await instantiations(many, caller)
  console.log(`models                                   ${count}`)
  console.log(`compile and generate                     ${seconds.toFixed(1)} s`)
  console.log(
    `peak memory                              ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
  )
  console.log(`instantiations for a call of one model   ${calling - idle}`)
  console.log(
    `bundle of a client, ${String(count).padStart(4)} models more        ${(await bundle(many)) - (await bundle(few))} bytes more`,
  )
} finally {
  await Promise.all([few.remove(), many.remove()])
}

async function instantiations({ root }: Scratch, program: string): Promise<number> {
  await writeFile(join(root, 'program.ts'), program)
  const config = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'))
  await writeFile(
    join(root, 'tsconfig.program.json'),
    JSON.stringify({ ...config, include: ['program.ts'] }),
  )
  const tsc = join(import.meta.dirname, '../scripts/node_modules/typescript/bin/tsc')
  const args = [tsc, '--noEmit', '--extendedDiagnostics', '-p', join(root, 'tsconfig.program.json')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1])
}

async function bundle({ root }: Scratch): Promise<number> {
  await writeFile(join(root, 'program.ts'), empty)
  const { outputFiles } = await build({
    entryPoints: [join(root, 'program.ts')],
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    external: ['node:*'],
  })
  return outputFiles[0]?.contents.byteLength ?? Number.NaN
}
