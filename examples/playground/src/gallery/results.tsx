import type { RunState } from '@apikley/react'
import { useState, type ReactElement } from 'react'
import type { PastTask } from '../history/history.ts'
import { useNow } from '../run/use-now.ts'
import { CopyButton } from './copy-button.tsx'
import { DownloadButton } from './download-button.tsx'
import { expiryLabel } from './expiry.ts'
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
          <Result
            key={url}
            url={url}
            model={task.model}
            number={index + 1}
            isOnly={urls.length === 1}
          />
        ))}
      </div>
      {urls.length === 0 && (
        <pre className="code">{task.text || JSON.stringify(task.result ?? {}, undefined, 2)}</pre>
      )}
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

interface ResultProps {
  readonly url: string
  readonly model: string
  readonly number: number
  readonly isOnly: boolean
}

function Result({ url, model, number, isOnly }: ResultProps): ReactElement {
  const [size, setSize] = useState('')
  const name = isOnly ? 'After' : `After ${number}`
  return (
    <figure className="shot">
      <div className="shot-media">
        <ResultMedia
          url={url}
          alt={`${name}: the result`}
          onSize={(width, height) => setSize(`${width} × ${height}`)}
        />
      </div>
      <figcaption>
        <span className="tag accent">{name}</span>
        <span className="hint">{size}</span>
      </figcaption>
      <div className="actions">
        <DownloadButton urls={[url]} model={model} first={number} />
        <CopyButton text={url} label="Copy URL" />
      </div>
    </figure>
  )
}
