import { StrictMode, useEffect, useState, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ApikleyProvider, useRun } from '../../src/index.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const
const isEffect = location.search === '?effect'

function Reframe(): ReactElement {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  const [calls, setCalls] = useState({ count: 0, outcome: '' })
  const run = async (): Promise<void> => {
    const { status, ...outcome } = await reframe.run(input)
    const reason = 'reason' in outcome ? ` ${outcome.reason}` : ''
    setCalls(({ count }) => ({ count: count + 1, outcome: `${status}${reason}` }))
  }
  // As the lint rule of React's hooks completes it: the result of the hook changes in each render.
  useEffect(() => {
    if (isEffect) {
      void reframe.run({ ...input })
    }
  }, [reframe])
  return (
    <>
      <button onClick={() => void run()}>Run</button>
      <button onClick={() => void reframe.retry()}>Retry</button>
      <button onClick={() => reframe.reset()}>Reset</button>
      <output>{JSON.stringify(reframe)}</output>
      <pre>{JSON.stringify(calls)}</pre>
    </>
  )
}

const root = document.createElement('div')
document.body.append(root)
createRoot(root).render(
  <StrictMode>
    <ApikleyProvider>
      <Reframe />
    </ApikleyProvider>
  </StrictMode>,
)
