// `pnpm demo [--image-url URL] [--size SIZE] [--num-images N] [--live]`
import { parseArgs } from 'node:util'
import { ApikleyError, createApikley, type Apikley } from '@apikley/client'
import type { ModelInput } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { startPrism, type Prism } from '../../scripts/prism.ts'

const usage = `Usage: pnpm demo [--image-url URL] [--size SIZE] [--num-images N] [--live]

  --image-url URL   the picture to reframe
  --size SIZE       ${v3Reframe.fields.image_size.schema.enum.join(', ')}
  --num-images N    ${v3Reframe.fields.num_images.schema.enum.join(', ')}
  --live            use the real service, with the key in APIKLEY_API_KEY; this costs credits`

const options = {
  'image-url': { type: 'string', default: 'https://files.example.com/source.webp' },
  size: { type: 'string', default: 'landscape_16_9' },
  'num-images': { type: 'string', default: '1' },
  live: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

let mock: Prism | undefined
try {
  const { values } = parseArgs({ options })
  if (values.help) console.log(usage)
  else {
    const input = await readInput({ image_url: values['image-url'], image_size: values.size, num_images: values['num-images'] })
    const apikley = values.live ? live() : await mocked()
    await run(apikley, input)
  }
} catch (error) {
  // What parseArgs, the client and the mock say is meant for the person at the terminal.
  console.error(ApikleyError.is(error) ? `${error.kind}: ${error.message}` : error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await mock?.stop()
}

/** The descriptor of the model is a Standard Schema of its input: it makes typed input of what was typed in. */
async function readInput(given: Record<string, string>): Promise<ModelInput<'ideogram/v3-reframe'>> {
  const result = await v3Reframe['~standard'].validate(given)
  if (!result.issues) return result.value
  const [issue] = result.issues
  throw new Error(`${issue?.path?.join('.')}: ${issue?.message}\n\n${usage}`)
}

function live(): Apikley {
  console.log('Using the real service. This creates one task and costs credits.')
  return createApikley({ models: [v3Reframe] })
}

async function mocked(): Promise<Apikley> {
  console.log('1. Starting the mock (Prism) of specs/openapi.yaml')
  const { url } = (mock = await startPrism(new URL('../../specs/openapi.yaml', import.meta.url).pathname))
  console.log(`   listening on ${url}`)
  return createApikley({ apiKey: 'any-key-will-do', baseUrl: url, uploadUrl: url, models: [v3Reframe] })
}

async function run(apikley: Apikley, input: ModelInput<'ideogram/v3-reframe'>): Promise<void> {
  console.log(`2. Creating a task of ideogram/v3-reframe: ${JSON.stringify(input)}`)
  const { task, urls } = await apikley.run('ideogram/v3-reframe', input, {
    onCreated: (taskId) => console.log(`3. Created ${taskId}; waiting for it`),
    onUpdate: ({ state }) => console.log(`   ${state}`),
  })
  console.log(`4. The task as it is recorded:`)
  console.log(JSON.stringify({ ...task, raw: undefined }, undefined, 2).replaceAll(/^/gm, '   '))
  console.log(`5. Results (their addresses expire, usually after a day):`)
  for (const url of urls) console.log(`   ${url}`)
}
