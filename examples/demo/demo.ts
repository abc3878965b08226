// `pnpm demo [--image FILE] [--size SIZE] [--num-images N] [--out DIR] [--port N] [--live]`
import { mkdir } from 'node:fs/promises'
import { extname, join, parse, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { ApikleyError, createApikley, type Apikley } from '@apikley/client'
import { startSimulator, type SimulatorServer } from '@apikley/simulator'
import type { ModelInput } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import spinner from 'yocto-spinner'
import { readPicture } from './picture.ts'
import { reframe } from './reframe.ts'

const usage = `Usage: pnpm demo [--image FILE] [--size SIZE] [--num-images N] [--out DIR] [--port N] [--live]

  --image FILE     the picture to reframe; JPEG, PNG or WebP (default: examples/assets/sample.jpg)
  --size SIZE      ${v3Reframe.fields.image_size.schema.enum.join(', ')}
  --num-images N   ${v3Reframe.fields.num_images.schema.enum.join(', ')}
  --out DIR        where the pictures go (default: examples/demo/pictures)
  --port N         where the simulator listens (default: a free port)
  --live           use the real service, with the key in APIKLEY_API_KEY; this costs credits`

const options = {
  image: { type: 'string', default: join(import.meta.dirname, '../assets/sample.jpg') },
  size: { type: 'string', default: 'landscape_16_9' },
  'num-images': { type: 'string', default: '1' },
  out: { type: 'string', default: join(import.meta.dirname, 'pictures') },
  port: { type: 'string', default: '0' },
  live: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type Input = ModelInput<'ideogram/v3-reframe'>

let simulator: SimulatorServer | undefined
try {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(usage)
  } else {
    const settings = await readSettings({
      image_size: values.size,
      num_images: values['num-images'],
    })
    const input = { ...settings, image_url: await readPicture(values.image) }
    const apikley = values.live ? live() : await simulated(readPort(values.port))
    await run(apikley, input, values.out)
  }
} catch (error) {
  // What parseArgs, the client and the simulator say is meant for the person at the terminal.
  const message = error instanceof Error ? error.message : error
  console.error(ApikleyError.is(error) ? `${error.kind}: ${error.message}` : message)
  process.exitCode = 1
} finally {
  await simulator?.stop()
}

/**
 * The descriptor of the model is a Standard Schema of its input: it makes typed input of what was
 * typed in.
 */
async function readSettings(given: Record<string, string>): Promise<Omit<Input, 'image_url'>> {
  const result = await v3Reframe['~standard'].validate({
    ...given,
    image_url: 'https://files.example.com/not-uploaded-yet.jpg',
  })
  if (!result.issues) {
    return result.value
  }
  const [issue] = result.issues
  throw new Error(`${issue?.path?.join('.')}: ${issue?.message}\n\n${usage}`)
}

function readPort(text: string): number {
  const port = Number(text)
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) {
    return port
  }
  throw new Error(`--port takes a number from 0 to 65535, not ${text}`)
}

function live(): Apikley {
  console.log('Using the real service. This creates one task and costs credits.')
  return createApikley({ models: [v3Reframe] })
}

async function simulated(port: number): Promise<Apikley> {
  simulator = await startSimulator({ port, render: reframe, latency: [3500, 5000] })
  console.log(`1. The simulator listens on ${simulator.url}`)
  return createApikley({
    apiKey: 'any-long-key-will-do',
    baseUrl: simulator.url,
    models: [v3Reframe],
  })
}

async function run(apikley: Apikley, input: Input, folder: string): Promise<void> {
  const { image_url: picture, ...settings } = input
  // Before anything is charged.
  await mkdir(folder, { recursive: true })
  console.log(
    `2. Uploading ${picture instanceof File ? picture.name : picture} and creating a task: ${JSON.stringify(settings)}`,
  )
  const progress = spinner({ text: 'uploading', stream: process.stdout }).start()
  try {
    const { taskId, urls, task } = await apikley.run('ideogram/v3-reframe', input, {
      onCreated(taskId) {
        progress.text = `${taskId}: created`
      },
      onUpdate({ taskId, state }) {
        progress.text = `${taskId}: ${state}`
      },
    })
    progress.success(
      `${taskId}: ${task.state}, ${task.creditsConsumed ?? 'an unknown number of'} credits`,
    )
    const name = `${picture instanceof File ? parse(picture.name).name : 'picture'}-${settings.image_size}`
    const files = urls.map((url, index) => ({
      url,
      path: join(folder, `${name}-${index + 1}${extname(new URL(url).pathname)}`),
    }))
    for (const { url, path } of files) {
      await apikley.files.save(url, path)
    }
    console.log(`3. Saved. The URLs of results expire.`)
    for (const { path } of files) {
      console.log(`   ${relative(process.cwd(), path)}`)
    }
  } catch (error) {
    progress.stop()
    throw error
  }
}
