import type { OutputKind } from '@apikley/types'
import { useState, type ReactElement } from 'react'
import { Button, ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import type { PastTask } from '../history/past-task.ts'
import { useNow } from '../run/use-now.ts'
import { CopyButton } from './copy-button.tsx'
import { DownloadButton } from './download-button.tsx'
import { expiryLabel } from './expiry.ts'
import { Facts } from './facts.tsx'
import { LargeMedia } from './media.tsx'
import { mediaKindOf, type MediaKind } from './media-kind.ts'
import { TextResult } from './text-result.tsx'
import { Thumbnail } from './thumbnail.tsx'

export interface ResultsProps {
  readonly task: PastTask
  /** The kind of result of the task's model, if the model is known. */
  readonly output: OutputKind | undefined
  /** Puts a result into the form, if the form takes its kind. */
  readonly takeAsInput: (url: string, kind: MediaKind) => (() => void) | undefined
}

/** The results of a task: one in full size, the others as a strip. */
export function Results({ task, output, takeAsInput }: ResultsProps): ReactElement {
  const now = useNow(60_000)
  const [index, setIndex] = useState(0)
  const [size, setSize] = useState('')
  const { urls, model, completedAt } = task
  const kinds = urls.map((url) => mediaKindOf(url, output))
  const [url, kind = 'file'] = [urls[index], kinds[index]]
  const toInput = url === undefined ? undefined : takeAsInput(url, kind)
  const notes = [
    task.summary,
    completedAt === undefined ? undefined : expiryLabel(completedAt, now),
    urls.length > 0 ? 'Download the results that you want to keep' : undefined,
  ]
  return (
    <div className="results">
      {url === undefined ? (
        <TextResult model={model} text={task.text ?? ''} object={task.object ?? {}} />
      ) : (
        <>
          <div className="large" data-kind={kind}>
            <LargeMedia
              key={url}
              url={url}
              kind={kind}
              alt={urls.length > 1 ? `Result ${index + 1} of ${urls.length}` : 'The result'}
              model={model}
              before={task.before}
              onSize={(width, height) => setSize(`${width} × ${height}`)}
            />
          </div>
          {urls.length > 1 && (
            <ToggleButtonGroup
              className="strip"
              aria-label="Results"
              selectionMode="single"
              disallowEmptySelection
              selectedKeys={[index]}
              onSelectionChange={([chosen]) => setIndex(Number(chosen))}
            >
              {urls.map((each, number) => (
                <ToggleButton
                  key={each}
                  id={number}
                  className="strip-option"
                  aria-label={`Result ${number + 1}`}
                >
                  <Thumbnail url={each} kind={kinds[number] ?? 'file'} alt="" />
                </ToggleButton>
              ))}
            </ToggleButtonGroup>
          )}
          <div className="actions">
            <DownloadButton urls={[url]} model={model} first={index + 1} />
            {urls.length > 1 && <DownloadButton urls={urls} model={model} />}
            {toInput && (
              <Button className="button" onPress={toInput}>
                Use as input
              </Button>
            )}
            <CopyButton text={url} label="Copy URL" />
          </div>
        </>
      )}
      <Facts task={task} size={kind === 'image' ? size : ''} />
      <p className="hint">{notes.filter(Boolean).join(' · ')}</p>
    </div>
  )
}
