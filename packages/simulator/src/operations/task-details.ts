import { parameterCode, type Handler } from '../service.ts'
import { recordAt } from '../tasks/task.ts'

export const taskDetails: Handler = (service, { url, entry, redact }) => {
  const { envelopes, behaviour, clock } = service
  if (!service.room.reads()) {
    return envelopes.refusal(429)
  }
  const taskId = url.searchParams.get('taskId')
  if (!taskId) {
    return envelopes.refusal(parameterCode(service), 'taskId parameter is required')
  }
  entry.taskId = redact(taskId)
  const task = service.tasks.find(taskId)
  if (!task) {
    return behaviour.unknownTask === 422
      ? envelopes.refusal(422, 'recordInfo is null')
      : envelopes.refusal(404, 'Task not found')
  }
  return envelopes.success(recordAt(task, clock.now(), behaviour))
}
