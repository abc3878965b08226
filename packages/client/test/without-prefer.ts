import { TestRunner, type RunnerTask, type RunnerTestFile } from 'vitest'

/**
 * What asks Prism for one of the documented answers, by the header `Prefer`. No other server knows
 * that header.
 */
const prefers = /: gives the data of the example$| inside HTTP 200 is |^HTTP \d+ is /

/** Runs what tests a server, and leaves out what tests answers that only Prism can be asked for. */
export default class WithoutPrefer extends TestRunner {
  onCollected(files: RunnerTestFile[]): void {
    for (const file of files) {
      const left: string[] = []
      file.tasks = without(file.tasks, left)
      // Errors are many and alike: their sort is told once.
      const sorts = new Set(
        left.map((name) =>
          name
            .replace(/^.* inside/, 'each error inside')
            .replace(/ is [\w-]+$/, '')
            .replace(/^HTTP \d+$/, 'each HTTP status'),
        ),
      )
      console.log(
        `${file.name}: ${left.length} tests need Prism's Prefer, and are left out: ${[...sorts].join('; ')}`,
      )
    }
  }
}

function without(tasks: RunnerTask[], left: string[]): RunnerTask[] {
  return tasks.filter((task) => {
    if (task.type === 'suite') {
      task.tasks = without(task.tasks, left)
    } else if (prefers.test(task.name)) {
      left.push(task.name)
    } else {
      return true
    }
    return task.type === 'suite' && task.tasks.length > 0
  })
}
