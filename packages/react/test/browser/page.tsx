import { useState, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ApikleyProvider, useRun } from '../../src/index.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const

function Reframe(): ReactElement {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  const [calls, setCalls] = useState({ count: 0, outcome: '' })
  const run = async (): Promise<void> => {
    const { status, ...outcome } = await reframe.run(input)
    const reason = 'reason' in outcome ? ` ${outcome.reason}` : ''
    setCalls(({ count }) => ({ count: count + 1, outcome: `${status}${reason}` }))
  }
  return (
    <>
      <button onClick={() => void run()}>Run</button>
      <button onClick={() => reframe.reset()}>Reset</button>
      <output>{JSON.stringify(reframe)}</output>
      <pre>{JSON.stringify(calls)}</pre>
    </>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <ApikleyProvider>
      <Reframe />
    </ApikleyProvider>,
  )
}
