// `node examples/batch/batch.ts --folder PICTURES`: reframes every picture of a folder, each
// exactly once. Stop it with Ctrl-C, or any other way, and run the same command again: it goes on
// where it was.
import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ApikleyError, createApikley } from '@apikley/client'
import type { ModelInput } from '@apikley/types'
import { v3Reframe } from '@apikley/types/models/ideogram/v3-reframe'
import { SingleBar } from 'cli-progress'
import { openJournal, type Journal } from './journal.ts'
import { messageOf, runBatch } from './run-batch.ts'

const usage = `Usage: node batch.ts --folder PICTURES [--size SIZE] [--journal FILE] [--results FILE] [--base-url URL]

  --folder PICTURES   the pictures to reframe: jpg, png and webp
  --size SIZE         ${v3Reframe.fields.image_size.schema.enum.join(', ')}
  --journal FILE      what was bought; PICTURES/batch.journal by default. Keep it: without it, everything is bought again
  --results FILE      what became of each picture; PICTURES/batch.results.json by default
  --base-url URL      another service, for tests. The key is taken from APIKLEY_API_KEY; every picture costs credits`

const options = {
  folder: { type: 'string', default: '' },
  size: { type: 'string', default: 'landscape_16_9' },
  journal: { type: 'string' },
  results: { type: 'string' },
  'base-url': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

try {
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(usage)
  } else {
    await main(values)
  }
} catch (error) {
  console.error(ApikleyError.is(error) ? `${error.kind}: ${error.message}` : messageOf(error))
  process.exitCode = 1
}

interface Values {
  readonly folder: string
  readonly size: string
  readonly journal?: string | undefined
  readonly results?: string | undefined
  readonly 'base-url'?: string | undefined
}

async function main({
  folder,
  size,
  journal: journalFile,
  results: resultsFile,
  'base-url': baseUrl,
}: Values): Promise<void> {
  if (folder === '') {
    throw new Error(`--folder is missing\n\n${usage}`)
  }
  if (!isSize(size)) {
    throw new Error(`--size ${size} is not known\n\n${usage}`)
  }
  const pictures = (await readdir(folder))
    .filter((name) => /\.(jpe?g|png|webp)$/i.test(name))
    .toSorted()
  if (pictures.length === 0) {
    throw new Error(`There are no pictures in ${folder}`)
  }

  const apikley = createApikley({ baseUrl })
  const journal = await openJournal(
    journalFile ?? join(folder, 'batch.journal'),
    `ideogram/v3-reframe ${size}`,
  )
  const interrupted = new AbortController()
  const interrupt = (): void =>
    interrupted.abort(new Error('Interrupted. Run the same command again to go on.'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const bar = new SingleBar({
    format: '{bar} {value} of {total} pictures, {bought} bought',
    noTTYOutput: false,
  })
  let bought = pictures.filter((picture) => 'taskId' in journal.of(picture)).length
  bar.start(pictures.length, pictures.filter((picture) => hasEnded(journal, picture)).length, {
    bought,
  })
  let problems: ReadonlyMap<string, string> = new Map()
  let stop: unknown
  try {
    problems = await runBatch({
      ...{ apikley, journal, folder, pictures, size, signal: interrupted.signal },
      onProgress: (event) =>
        event === 'bought' ? bar.update({ bought: ++bought }) : bar.increment(),
    })
  } catch (error) {
    stop = error
  } finally {
    bar.stop()
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    await journal.close()
  }
  await writeResults(resultsFile ?? join(folder, 'batch.results.json'), journal, pictures)
  report(journal, pictures, problems)
  if (stop !== undefined) {
    throw stop
  }
}

function isSize(size: string): size is ModelInput<'ideogram/v3-reframe'>['image_size'] {
  return v3Reframe.fields.image_size.schema.enum.some((known) => known === size)
}

function hasEnded(journal: Journal, picture: string): boolean {
  return ['succeeded', 'failed'].includes(journal.of(picture).state)
}

/** Under its name there is always a whole file. */
async function writeResults(
  file: string,
  journal: Journal,
  pictures: readonly string[],
): Promise<void> {
  const results = pictures.map((picture) => ({ picture, ...journal.of(picture) }))
  await writeFile(`${file}.part`, `${JSON.stringify(results, undefined, 2)}\n`)
  await rename(`${file}.part`, file)
}

function report(
  journal: Journal,
  pictures: readonly string[],
  problems: ReadonlyMap<string, string>,
): void {
  const those = (state: string): string[] =>
    pictures.filter((picture) => journal.of(picture).state === state)
  console.log(
    `${those('succeeded').length} of ${pictures.length} pictures are done. Their addresses expire, usually after a day.`,
  )
  for (const picture of those('failed')) {
    const progress = journal.of(picture)
    console.log(`${picture}: ${progress.state === 'failed' ? progress.why : ''}`)
  }
  for (const [picture, why] of problems) {
    console.log(`${picture}: ${why}`)
  }
  const doubtful = those('attempted')
  if (doubtful.length > 0) {
    console.log(
      `Nobody can tell whether these were bought, so they are not sent again: ${doubtful.join(', ')}. Look at the account; to buy them after all, delete their last line from the journal.`,
    )
  }
  if (pictures.some((picture) => !hasEnded(journal, picture))) {
    process.exitCode = 1
  }
}
