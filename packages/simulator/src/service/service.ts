import type { Clock } from '../clock.ts'
import type { Operation } from '../document.ts'
import { jsonAnswer, type Answer } from '../http/answer.ts'
import { BodyError, type Incoming } from '../http/incoming.ts'
import type { SimulatorOptions } from '../options.ts'
import type { JournalRequest } from '../state/journal.ts'
import { State } from '../state/state.ts'
import { Tasks } from '../state/tasks.ts'

/** The state, and what operations answer with. */
export class Service extends State {
  readonly tasks: Tasks

  constructor(options: SimulatorOptions<Clock>, clock: Clock, origin: string) {
    super(options, clock, origin)
    this.tasks = new Tasks(this)
  }

  /** The error envelope. Default message: that of the document's example. */
  errorAnswer(code: number, msg?: string, more: object = {}): Answer {
    const message = msg || (this.document.messages.get(code) ?? `Error ${code}`)
    const status = this.behaviour === 'documented' ? code : 200
    return jsonAnswer({ ...more, code, msg: message, data: null }, status)
  }

  /** @throws `error` when it is not for the caller */
  refusalAnswer({ id }: Operation, error: unknown): Answer {
    // Uploads add `success` to the envelope.
    const more = id.startsWith('upload-') ? { success: false } : {}
    const isDocumented = this.behaviour === 'documented'
    if (error instanceof BodyError) {
      return this.errorAnswer(isDocumented ? 422 : 400, error.message, more)
    }
    if (!(error instanceof Refusal)) {
      throw error
    }
    if (error.code !== 'wrong-parameter') {
      return this.errorAnswer(error.code, error.message, more)
    }
    const reported = id === 'create-task' ? 500 : 400
    return this.errorAnswer(isDocumented ? 422 : reported, error.message, more)
  }
}

/** One request of an operation. */
export interface Call {
  readonly request: Incoming
  readonly url: URL
  readonly operation: Operation
  /** The request's entry in the journal. */
  readonly entry: JournalRequest
  /** Removes the caller's API key from a text. */
  readonly redact: (text: string) => string
}

export type Handler = (service: Service, call: Call) => Promise<Answer> | Answer

/** A handler throws it to answer with the error envelope. */
export class Refusal extends Error {
  readonly code: number | 'wrong-parameter'

  /** Default message: that of the document's example. */
  constructor(code: number | 'wrong-parameter', message = '') {
    super(message)
    this.code = code
  }
}
