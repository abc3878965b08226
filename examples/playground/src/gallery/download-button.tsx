import { useApikley } from '@apikley/react'
import { Download } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'
import { fileNameOf } from './file-name.ts'

interface DownloadButtonProps {
  readonly urls: readonly string[]
  /** The model that they are of, which files are named after. */
  readonly model: string
  /** What the number of the first one is in its name. Default: 1. */
  readonly first?: number
}

/**
 * Saves results under names. By its own address one can be shown across origins and not read, so
 * the client is asked for a link for that.
 */
export function DownloadButton({ urls, model, first = 1 }: DownloadButtonProps): ReactElement {
  const { files } = useApikley()
  const announce = useAnnounce()
  const [state, setState] = useState<'ready' | 'saving' | 'failed'>('ready')
  const save = async (): Promise<void> => {
    if (state === 'saving') {
      return
    }
    setState('saving')
    try {
      for (const [index, url] of urls.entries()) {
        saveAs(
          await files.save(await files.downloadUrl(url)),
          fileNameOf(model, url, first + index),
        )
      }
      setState('ready')
      announce(urls.length === 1 ? 'The result is saved' : `${urls.length} results are saved`)
    } catch (error) {
      setState('failed')
      announce(error instanceof Error ? error.message : 'The download failed')
    }
  }
  const labels = {
    ready: urls.length === 1 ? 'Download' : 'Download all',
    saving: 'Saving…',
    failed: 'Try the download again',
  }
  return (
    <Button className="button" onPress={() => void save()}>
      <Download size={16} aria-hidden="true" />
      {labels[state]}
    </Button>
  )
}

function saveAs(blob: Blob, fileName: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = fileName
  link.click()
  // The browser has to have begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
