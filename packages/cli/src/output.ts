import { reportError } from './errors.ts'
import type { Host } from './host.ts'

/** A line of JSON. `output.schema.json` describes each type. */
export interface OutputLine {
  readonly type: string
  readonly [field: string]: unknown
}

/**
 * Results go to stdout: text for a terminal, one JSON object a line for a pipe or with `--json`.
 * Messages and progress go to stderr.
 */
export class Output {
  readonly #host: Host
  readonly #isJson: boolean
  #status = ''

  constructor(host: Host, isJson: boolean) {
    this.#host = host
    this.#isJson = isJson
  }

  result(line: OutputLine, text: string): void {
    this.#clear()
    this.#host.stdout.write(`${this.#isJson ? JSON.stringify(line) : text}\n`)
  }

  message(text: string): void {
    this.#clear()
    this.#host.stderr.write(`${text}\n`)
  }

  /** Shows progress in the last line of a terminal. */
  status(text: string): void {
    const { stderr } = this.#host
    if (stderr.isTTY && text !== this.#status) {
      this.#clear()
      this.#status = text.slice(0, (stderr.columns ?? 80) - 1)
      stderr.write(this.#status)
    }
  }

  error(error: unknown): void {
    const report = reportError(error)
    if (this.#isJson) {
      this.result({ type: 'error', ...report }, '')
    }
    this.message(report.message)
    if (report.next !== undefined) {
      this.message(`Next: ${report.next}`)
    }
  }

  #clear(): void {
    if (this.#status !== '') {
      this.#host.stderr.write('\r\u001B[K')
      this.#status = ''
    }
  }
}
