import { ApikleyProvider, useRun, useTask } from '@apikley/react'
import { createRoot } from 'react-dom/client'

function Reframe() {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  if (reframe.status === 'success') {
    return <Result taskId={reframe.taskId} />
  }
  if (reframe.status === 'error') {
    return <p role="alert">{reframe.error.message}</p>
  }
  return (
    <button
      disabled={reframe.status === 'pending'}
      onClick={() =>
        reframe.run({
          image_url: 'https://files.example.com/cat.png',
          image_size: 'landscape_16_9',
        })
      }
    >
      Reframe
    </button>
  )
}

function Result({ taskId }: { taskId: string }) {
  const task = useTask(taskId)
  if (task.status === 'error') {
    return <p role="alert">{task.error.message}</p>
  }
  if (task.status !== 'success') {
    return <p>{task.status}</p>
  }
  return <output>{[taskId, task.task.state, ...task.urls].join(' ')}</output>
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <ApikleyProvider>
      <Reframe />
    </ApikleyProvider>,
  )
}
