// `pnpm bench waiting`: the requests and the delay of a wait, against the simulator in virtual time.
import { createApikley, type Apikley } from '@apikley/client'
import { createSimulator, createVirtualClock } from '@apikley/simulator'
import { mean, print } from './print.ts'

const KNOWN_TASKS = 20
const MEASURED_TASKS = 500
/** The averages of 500 tasks differ by a few percent. */
const MARGIN = 1.1

/** `lateness` is the time from the end of a task to the end of the wait, in ms. */
type Cost = { requests: number; lateness: number }

for (const [seconds, requests, lateness] of [
  [20, 5.5, 1300],
  [120, 15, 2500],
] as const) {
  const cost = averageOf(await knownModel(seconds))
  const name = `${seconds} s tasks, ${KNOWN_TASKS} known, minInterval 2,000`
  print(`${name}: requests`, cost.requests, '', requests)
  print(`${name}: late by`, cost.lateness, 'ms', lateness)
}
for (const seconds of [1, 5, 20, 60, 120, 300]) {
  const first = averageOf(await firstTasks(seconds))
  const documented = averageOf(
    Array.from({ length: 10_000 }, () => followDocumentation(randomDuration(seconds))),
  )
  print(`${seconds} s, first task: requests`, first.requests, '', documented.requests * MARGIN)
  print(`${seconds} s, first task: late by`, first.lateness, 'ms', documented.lateness * MARGIN)
}

async function knownModel(seconds: number): Promise<Cost[]> {
  const { client, costOfRun } = createWorld(seconds)
  const costs: Cost[] = []
  for (let task = 0; task < KNOWN_TASKS + MEASURED_TASKS; task++) {
    costs.push(await costOfRun(client))
  }
  return costs.slice(KNOWN_TASKS)
}

async function firstTasks(seconds: number): Promise<Cost[]> {
  const costs: Cost[] = []
  for (let task = 0; task < MEASURED_TASKS; task++) {
    const { client, costOfRun } = createWorld(seconds)
    costs.push(await costOfRun(client))
  }
  return costs
}

/** A client and a simulator in which a task takes `seconds` +/- 25 %. */
function createWorld(seconds: number): {
  client: Apikley
  costOfRun: (client: Apikley) => Promise<Cost>
} {
  const clock = createVirtualClock()
  const simulator = createSimulator({
    clock,
    seed: Math.floor(Math.random() * 1e9),
    credits: Number.MAX_SAFE_INTEGER,
    latency: [seconds * 750, seconds * 1250],
  })
  let requests = 0
  const countingFetch: typeof fetch = (input, init) => {
    requests++
    return simulator.fetch(input, init)
  }
  const client = createApikley(
    { apiKey: 'any-long-key-will-do', fetch: countingFetch, polling: { minInterval: 2000 } },
    { clock },
  )
  const input = { image_url: 'https://files.example.com/a.webp', image_size: 'square' } as const
  return {
    client,
    costOfRun: async () => {
      requests = 0
      const { task } = await clock.settle(client.run('ideogram/v3-reframe', input))
      // The first request creates the task.
      return { requests: requests - 1, lateness: clock.now() - (task.completeTime ?? Number.NaN) }
    },
  }
}

function randomDuration(seconds: number): number {
  return seconds * 1000 * (0.75 + Math.random() / 2)
}

function followDocumentation(duration: number): Cost {
  let elapsed = 0
  let requests = 0
  while (elapsed < duration) {
    const [shortest, longest] = documentedGap(elapsed)
    elapsed += shortest + Math.random() * (longest - shortest)
    requests++
  }
  return { requests, lateness: elapsed - duration }
}

/** The shortest and the longest gap of the documented schedule, in ms. */
function documentedGap(elapsed: number): [number, number] {
  if (elapsed < 30_000) {
    return [2000, 3000]
  }
  return elapsed < 120_000 ? [5000, 10_000] : [15_000, 30_000]
}

function averageOf(costs: Cost[]): Cost {
  return {
    requests: mean(costs.map(({ requests }) => requests)),
    lateness: mean(costs.map(({ lateness }) => lateness)),
  }
}
