import type { OperationId } from '@apikley/types'
import { successAnswer } from '../http/answer.ts'
import { formatProblems, problemsOf } from '../schemas.ts'
import { recordAt } from '../state/task.ts'
import { checkMedia } from './check-media.ts'
import { toDownloadLink } from './files.ts'
import { readChecked, readJson } from './json-body.ts'
import { Refusal, type Handler } from './service.ts'
import { uploadBase64, uploadStream, uploadUrl } from './uploads.ts'

/** The credits that a task costs. */
const DEFAULT_PRICE = 3.5

const createTask: Handler = async (service, call) => {
  if (!service.creates.take()) {
    throw new Refusal(429)
  }
  const body = await readJson(service, call)
  const { model } = body
  if (model === undefined) {
    throw new Refusal('wrong-parameter', 'model: This field is required')
  }
  const schema = service.document.models.get(String(model))
  if (schema === undefined) {
    throw new Refusal(422, 'The model name you specified is not supported')
  }
  const problems = problemsOf(schema, body)
  if (problems.length > 0) {
    throw new Refusal('wrong-parameter', formatProblems(problems))
  }
  checkMedia(service, String(model), body.input)
  const { tasks, account, options } = service
  const price = options.price ?? DEFAULT_PRICE
  if (!account.charge(price)) {
    throw new Refusal(402)
  }
  const { taskId } = await tasks.accept(body, price, call.entry, call.redact)
  // Reported to answer both.
  return successAnswer({ taskId, recordId: taskId })
}

const taskDetails: Handler = (service, { url, entry, redact }) => {
  if (!service.reads.take()) {
    throw new Refusal(429)
  }
  const taskId = url.searchParams.get('taskId')
  if (!taskId) {
    throw new Refusal('wrong-parameter', 'taskId parameter is required')
  }
  entry.taskId = redact(taskId)
  const { behaviour, clock } = service
  const task = service.tasks.find(taskId)
  if (!task) {
    throw behaviour === 'reported'
      ? new Refusal(422, 'recordInfo is null')
      : new Refusal(404, 'Task not found')
  }
  return successAnswer(recordAt(task, clock.now(), behaviour))
}

const downloadUrl: Handler = async (service, call) => {
  const url = String((await readChecked(service, call)).url)
  if (!URL.canParse(url)) {
    throw new Refusal('wrong-parameter', 'url should be a URL')
  }
  if (!service.tasks.hasResult(url)) {
    throw new Refusal(422, 'The url is not of a file that was generated here')
  }
  return successAnswer(toDownloadLink(url, service.clock.now()))
}

const HANDLERS: Readonly<Partial<Record<OperationId, Handler>>> = {
  'create-task': createTask,
  'get-task-details': taskDetails,
  'get-account-credits': ({ account }) => successAnswer(account.balance),
  'download-url': downloadUrl,
  'upload-file-stream': uploadStream,
  'upload-file-base64': uploadBase64,
  'upload-file-url': uploadUrl,
}

/** Operations without a handler are checked, and answer with the document's example. */
export const handlers: ReadonlyMap<string, Handler> = new Map(Object.entries(HANDLERS))
