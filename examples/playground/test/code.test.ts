import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { speechToText } from '@apikley/types/models/elevenlabs/speech-to-text'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { wan2_6TextToVideo } from '@apikley/types/models/wan/2-6-text-to-video'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callInReact, callInTypeScript } from '../src/code/call.ts'
import { literal } from '../src/code/literal.ts'
import { presetsOf } from '../src/form/values.ts'
import { fields } from './form/made-up-model.ts'

let folder: string
beforeAll(async () => {
  // Inside the project, where the packages are found.
  folder = await mkdtemp(join(import.meta.dirname, 'code-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('the code that is shown compiles as it is, with a file that was chosen, with an address, and with none yet', async () => {
  const presets = presetsOf(v3Reframe.fields)
  const reframe = [
    { ...presets, image_url: new File(['…'], "a cat's.png"), image_size: 'portrait_16_9', seed: 7 },
    { ...presets, image_url: 'https://files.example.com/cat.png' },
    presets,
  ]
  const calls = [
    ...reframe.map((values) => ({ model: v3Reframe, values })),
    ...[speechToText, wan2_6TextToVideo].map((model) => ({ model, values: {} })),
  ]
  for (const [index, { model, values }] of calls.entries()) {
    await writeFile(join(folder, `call-${index}.ts`), callInTypeScript(model, values))
    await writeFile(join(folder, `page-${index}.tsx`), callInReact(model, values))
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts', '*.tsx'] }),
  )
  const compiler = join(import.meta.dirname, '../node_modules/.bin/tsc')
  const { stdout } = await promisify(execFile)(compiler, ['--project', folder]).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe('')
})

test('the code shows what would be sent, and no more', () => {
  const made = { id: 'maker/model', fields, output: 'image' } as const
  const values = {
    ...presetsOf(fields),
    prompt: 'It\'s "new"\nhere',
    tags: ['a', 'b'],
    duration: 12,
  }
  const code = callInTypeScript(made, values)
  expect(code).toContain(`await apikley.run('maker/model', {
  prompt: 'It\\'s "new"\\nhere',
  aspect_ratio: '1:1',
  duration: 12,
  steps: 2,
  tags: ['a', 'b'],
})`)
  expect(code).not.toContain('openAsBlob')
  // What has to be given is there in any case: the model has no call without it.
  expect(callInTypeScript(made, presetsOf(fields))).toContain(`{
  prompt: '…',
  aspect_ratio: '1:1',
  steps: 2,
}`)
  expect(literal({ 'odd key': null, more: { deep: true } })).toBe(
    "{\n  'odd key': null,\n  more: {\n    deep: true,\n  },\n}",
  )
})
