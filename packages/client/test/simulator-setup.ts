import { startSimulator } from '@apikley/simulator'
import type { TestProject } from 'vitest/node'

/**
 * The simulator where the contract tests look for Prism. It behaves as documented, since the tests
 * are made of the document, and has what Prism pretends to have: the tasks and the results that the
 * examples name.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const simulator = await startSimulator({
    behaviour: 'documented',
    check: true,
    fetchFile: async () => new Response('content', { headers: { 'content-type': 'image/webp' } }),
  })
  simulator.control.addTask({
    taskId: 'task_ideogram_1765177570132',
    result: { resultUrls: ['https://files.example.com/result.webp'] },
  })
  simulator.control.addTask({ taskId: 'x' })
  project.provide('prism', simulator.url)
  return simulator.stop
}
