import { startSimulator } from '@apikley/simulator'
import type { TestProject } from 'vitest/node'
import { operations } from '../generated/contract.ts'

/**
 * A vitest `globalSetup`: the simulator in the place of Prism, for `inject('simulator')`. It
 * behaves as documented and has the tasks and files that the examples name.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const simulator = await startSimulator({
    behaviour: 'documented',
    // The number of requests grows with the models.
    price: 0,
    fetchFile: async () => new Response('content', { headers: { 'content-type': 'image/webp' } }),
  })
  for (const taskId of new Set([...examplesOf('taskId'), 'x'])) {
    simulator.control.addTask({ taskId, result: { resultUrls: examplesOf('url') } })
  }
  project.provide('simulator', simulator.url)
  return simulator.stop
}

/** The values of a field in the examples of all operations. */
function examplesOf(field: string): string[] {
  const requests = operations.flatMap(({ parameters, bodies }) => [
    parameters?.value,
    ...bodies.map(({ value }) => value),
  ])
  return requests.flatMap((value): string[] => {
    const example: unknown = Reflect.get(value ?? {}, field)
    return typeof example === 'string' ? [example] : []
  })
}
