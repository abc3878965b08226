'use client'

import { useRun } from '@apikley/react'

export default function Page() {
  const reframe = useRun('ideogram/v3-reframe', { persistKey: 'reframe' })
  const start = (picture?: File) =>
    picture && reframe.run({ image_url: picture, image_size: 'portrait_16_9' })
  return (
    <main>
      <label>
        Picture{' '}
        <input type="file" accept="image/*" onChange={(event) => start(event.target.files?.[0])} />
      </label>
      {reframe.status === 'pending' && <p role="status">{reframe.phase}</p>}
      {reframe.status === 'success' && <img src={reframe.urls[0]} alt="The reframed picture" />}
      {reframe.status === 'error' && (
        <p role="alert">
          {reframe.error.message}{' '}
          {reframe.resumable && <button onClick={() => reframe.resume()}>Go on</button>}
        </p>
      )}
    </main>
  )
}
