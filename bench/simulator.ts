// `pnpm bench simulator`: how fast the simulator is there, how many tasks it takes, and whether it
// grows.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { createSimulator, createVirtualClock, startSimulator } from '@apikley/simulator'

const headers = { authorization: 'Bearer any', 'content-type': 'application/json' }
const task = {
  model: 'ideogram/v3-reframe',
  input: { image_url: 'https://files.example.com/a.webp', image_size: 'square_hd' },
}
const body = JSON.stringify(task)
const plenty = { credits: Number.MAX_SAFE_INTEGER }
const start = { method: 'POST', headers, body }
const path = '/api/v1/jobs/createTask'

const starts = await series(5, commandReady)
print('the command listens after', `${Math.round(median(starts))} ms`, '150 ms')

const inProcess = await series(5, async () => {
  const started = performance.now()
  await (await startSimulator()).stop()
  return performance.now() - started
})
print(
  'startSimulator() listens after',
  `${Math.round(inProcess[0] ?? 0)} ms, then ${median(inProcess).toFixed(1)} ms`,
  '150 ms',
)

const simulator = createSimulator(plenty)
const tasks = 20_000
const create = async (): Promise<string> => {
  const response = await simulator.fetch(`http://any${path}`, start)
  const { data }: { data: { taskId: string } } = JSON.parse(await response.text())
  return data.taskId
}
await many(2000, create)
const seconds = await timed(() => many(tasks, create))
print('createTask in process', `${Math.round(tasks / seconds)} a second`, '5000 a second')

const server = await startSimulator(plenty)
const load = await autocannon({
  url: server.url + path,
  method: 'POST',
  headers,
  body,
  connections: 32,
  duration: 5,
  workers: 1,
})
if (load.non2xx > 0 || load.errors > 0) {
  throw new Error(`${load.non2xx + load.errors} requests failed`)
}
print('createTask over HTTP', `${Math.round(load.requests.average)} a second`, '5000 a second')
await server.stop()

await lives(1000)
await memory()

/** Tasks from createTask over some looks at them to their results, as the clock jumps. */
async function lives(count: number): Promise<void> {
  const clock = createVirtualClock()
  const simulator = createSimulator({
    ...plenty,
    clock,
    latency: [100, 900],
    behaviour: { invisibleFor: 0 },
  })
  const before = clock.now()
  let ended = 0
  const live = async (): Promise<void> => {
    const created = await simulator.fetch(`http://any${path}`, start)
    const { data }: { data: { taskId: string } } = JSON.parse(await created.text())
    for (let state = ''; state !== 'success';) {
      await new Promise<void>((resolve) => clock.after(250, resolve))
      const read = await simulator.fetch(
        `http://any/api/v1/jobs/recordInfo?taskId=${data.taskId}`,
        { headers },
      )
      const record: { data: { state: string; resultJson: string } } = JSON.parse(await read.text())
      state = record.data.state
      if (state !== 'success') {
        continue
      }
      const { resultUrls }: { resultUrls: string[] } = JSON.parse(record.data.resultJson)
      const files = await Promise.all(resultUrls.map((url) => simulator.fetch(url)))
      if (files.every(({ ok }) => ok)) {
        ended++
      }
    }
  }
  const seconds = await timed(() => clock.settle(Promise.all(Array.from({ length: count }, live))))
  if (ended !== count) {
    throw new Error(`${count - ended} lives did not end`)
  }
  print(
    `${count} whole lives of tasks`,
    `${clock.now() - before} ms of virtual time, ${Math.round(seconds * 1000)} ms of real time`,
    '1000 ms of virtual time',
  )
}

/** The heap after the lists are full, and after 50,000 tasks more. */
async function memory(): Promise<void> {
  const simulator = createSimulator(plenty)
  const heap = async (count: number): Promise<number> => {
    await many(count, async () => {
      await (await simulator.fetch(`http://any${path}`, start)).text()
    })
    globalThis.gc?.()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const full = await heap(12_000)
  const after = await heap(50_000)
  print(
    'heap, and after 50,000 tasks more',
    `${full.toFixed(1)} MB, ${after.toFixed(1)} MB`,
    'flat',
  )
}

/** From the start of a process until it says that it listens. */
function commandReady(): Promise<number> {
  const started = performance.now()
  const command = join(import.meta.dirname, '../packages/simulator/bin/apikley-simulator.js')
  const child = spawn(process.execPath, [command, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', () => {
      resolve(performance.now() - started)
      child.kill()
    })
  })
}

async function many(count: number, one: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(Array.from({ length: 50 }, one))
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function series(count: number, one: () => Promise<number>): Promise<number[]> {
  const values: number[] = []
  for (let index = 0; index < count; index++) {
    values.push(await one())
  }
  return values
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function print(what: string, value: string, wanted: string): void {
  console.log(`${what.padEnd(36)} ${value.padEnd(54)} (wanted: ${wanted})`)
}
