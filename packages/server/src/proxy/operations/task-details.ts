import type { Operation } from '../operation.ts'
import { refusal } from '../refusal.ts'

/** What a page gets to know of a task; what it was created with and what it cost stay here. */
const shown =
  /^(model|state|resultJson|failCode|failMsg|costTime|completeTime|createTime|updateTime|progress)$/

export const taskDetails: Operation = {
  method: 'GET',
  path: '/api/v1/jobs/recordInfo',
  async handle({ proxy: { apikley, handles, read }, url, user, signal }) {
    const handle = url.searchParams.get('taskId') ?? ''
    const { raw } = await read(user, async () => {
      const taskId = await handles.open(user, handle)
      if (taskId === undefined) {
        throw refusal(404, 'This user has no such task.')
      }
      return apikley.tasks.get(taskId, { signal })
    })
    return {
      taskId: handle,
      ...Object.fromEntries(Object.entries(raw).filter(([field]) => shown.test(field))),
    }
  },
}
