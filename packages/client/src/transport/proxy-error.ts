import type { ApikleyErrorData, ApikleyErrorKind } from '../errors.ts'
import { isAnswerKind, type AnswerKind } from './advice.ts'
import { isRecord } from './answer.ts'

/**
 * The error that a proxy tells of in its answer, as `ApikleyError.toJSON` wrote it. Not every
 * answer comes from the proxy: it may make a refusal more exact, and never softens what the answer
 * means by its numbers. What is no such error gives nothing.
 *
 * @param kind what the answer means by its numbers
 */
export function readProxyError(error: unknown, kind: AnswerKind): ApikleyErrorData | undefined {
  if (!isRecord(error) || !isKind(error.kind) || typeof error.message !== 'string') {
    return undefined
  }
  const certain = kind !== 'unconfirmed' && kind !== 'unexpected-response'
  if (!certain && error.kind !== kind && error.kind !== 'unconfirmed') {
    return undefined
  }
  const text = (name: string): string | undefined =>
    typeof error[name] === 'string' ? error[name].slice(0, 2000) : undefined
  const number = (name: string): number | undefined =>
    Number.isFinite(error[name]) ? Number(error[name]) : undefined
  return {
    kind: error.kind,
    message: error.message.slice(0, 2000),
    code: number('code'),
    msg: text('msg'),
    status: number('status'),
    taskId: text('taskId'),
    failCode: text('failCode'),
    failMsg: text('failMsg'),
  }
}

function isKind(kind: unknown): kind is ApikleyErrorKind {
  return isAnswerKind(kind) || kind === 'invalid-input' || kind === 'configuration'
}
