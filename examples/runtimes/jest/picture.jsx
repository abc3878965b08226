import { useRun } from '@apikley/react'

const input = { image_url: 'https://files.example.com/cat.png', image_size: 'square' }

export function Picture() {
  const reframe = useRun('ideogram/v3-reframe')
  return (
    <>
      <button onClick={() => reframe.run(input)}>Reframe</button>
      {reframe.status === 'success' && <img src={reframe.urls[0]} alt="The reframed picture" />}
      {reframe.status === 'error' && <p role="alert">{reframe.error.message}</p>}
    </>
  )
}
