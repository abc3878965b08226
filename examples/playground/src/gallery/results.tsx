import type { RunState } from '@apikley/react'
import { useState, type ReactElement } from 'react'
import type { PastTask } from '../history/history.ts'
import { useNow } from '../run/use-now.ts'
import { CopyButton } from './copy-button.tsx'
import { DownloadButton } from './download-button.tsx'
import { expiryLabel } from './expiry.ts'
import { fileNameOf } from './file-name.ts'
import { ResultMedia } from './result-media.tsx'

interface ResultsProps {
  readonly run: Extract<RunState, { readonly status: 'success' }>
  readonly past: PastTask | undefined
}

/** What a task gave, beside what it began with. */
export function Results({ run: { task, urls }, past }: ResultsProps): ReactElement {
  const now = useNow(60_000)
  const completedAt = task.completeTime ?? past?.completedAt
  return (
    <div className="results">
      <div className="gallery" data-count={urls.length}>
        {past?.before !== undefined && (
          <figure className="shot">
            <div className="shot-media">
              <img src={past.before} alt="Before: the picture that was sent" />
            </div>
            <figcaption>
              <span className="tag">Before</span>
            </figcaption>
          </figure>
        )}
        {urls.map((url, index) => (
          <Result key={url} url={url} fileName={fileNameOf(task.model, url, index)} number={urls.length > 1 ? index + 1 : undefined} />
        ))}
      </div>
      {urls.length === 0 && <pre className="code">{JSON.stringify(task.result ?? {}, undefined, 2)}</pre>}
      <p className="hint">
        {[
          past?.summary,
          completedAt === undefined ? undefined : expiryLabel(completedAt, now),
          urls.length > 0 ? 'Download what you want to keep' : undefined,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
    </div>
  )
}

function Result({
  url,
  fileName,
  number,
}: {
  readonly url: string
  readonly fileName: string
  readonly number: number | undefined
}): ReactElement {
  const [size, setSize] = useState('')
  const name = number === undefined ? 'After' : `After ${number}`
  return (
    <figure className="shot">
      <div className="shot-media">
        <ResultMedia url={url} alt={`${name}: the result`} onSize={(width, height) => setSize(`${width} × ${height}`)} />
      </div>
      <figcaption>
        <span className="tag accent">{name}</span>
        <span className="hint">{size}</span>
      </figcaption>
      <div className="actions">
        <DownloadButton url={url} fileName={fileName} />
        <CopyButton text={url} label="Copy URL" told="The address is copied" />
      </div>
    </figure>
  )
}
