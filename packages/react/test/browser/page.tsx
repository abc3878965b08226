import { StrictMode, useEffect, useState, type ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ApikleyProvider, useRun } from '../../src/index.ts'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square_hd' } as const
const auto = location.search === '?auto'

function Reframe(): ReactElement {
  const {
    run,
    resume: _resume,
    stop: _stop,
    reset: _reset,
    ...state
  } = useRun('ideogram/v3-reframe', { persistKey: 'hero' })
  useEffect(() => {
    if (auto) {
      run(input)
    }
  }, [run])
  return (
    <>
      <button onClick={() => run(input)}>Run</button>
      <output>{JSON.stringify(state)}</output>
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
