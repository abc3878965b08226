import { StrictMode, useEffect, useState, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ApikleyProvider, useRun } from '../../src/index.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const
const auto = location.search === '?auto'

function Reframe(): ReactElement {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  // With the dependencies that the lint rule for hooks asks for.
  useEffect(() => {
    if (auto) {
      reframe.run(input)
    }
  }, [reframe])
  return (
    <>
      <button onClick={() => reframe.run(input)}>Run</button>
      <output>{JSON.stringify(reframe)}</output>
    </>
  )
}

function Page(): ReactElement {
  const [shown, setShown] = useState(true)
  return (
    <>
      <button onClick={() => setShown(!shown)}>{shown ? 'Take away' : 'Put back'}</button>
      {shown && <Reframe />}
    </>
  )
}

const root = document.createElement('div')
document.body.append(root)
createRoot(root).render(
  <StrictMode>
    <ApikleyProvider>
      <Page />
    </ApikleyProvider>
  </StrictMode>,
)
