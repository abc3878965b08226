import { startSimulator } from '@apikley/simulator'
import type { TestProject } from 'vitest/node'

/**
 * A vitest `globalSetup`: the simulator in the place of Prism, for `inject('simulator')`. It
 * behaves as documented and has the tasks and files that the examples name.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const simulator = await startSimulator({
    behaviour: 'documented',
    fetchFile: async () => new Response('content', { headers: { 'content-type': 'image/webp' } }),
  })
  simulator.control.addTask({
    taskId: 'task_ideogram_1765177570132',
    result: { resultUrls: ['https://files.example.com/result.webp'] },
  })
  simulator.control.addTask({ taskId: 'x' })
  project.provide('simulator', simulator.url)
  return simulator.stop
}
