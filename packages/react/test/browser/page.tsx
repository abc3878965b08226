import { StrictMode, useEffect, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ApikleyProvider, useRun } from '../../src/index.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const
const isEffect = location.search === '?effect'

function Reframe(): ReactElement {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  // As the lint rule of React's hooks completes it: the result of the hook changes in each render.
  useEffect(() => {
    if (isEffect) {
      reframe.run({ ...input })
    }
  }, [reframe])
  return (
    <>
      <button onClick={() => reframe.run(input)}>Run</button>
      <button onClick={() => reframe.retry()}>Retry</button>
      <output>{JSON.stringify(reframe)}</output>
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
