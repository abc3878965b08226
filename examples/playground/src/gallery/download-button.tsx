import { useApikley } from '@apikley/react'
import { Download } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'
import { fileNameOf } from './media-kind.ts'
import { saveAs } from './save-as.ts'

interface DownloadButtonProps {
  readonly urls: readonly string[]
  /** The model of the results. Files are named after it. */
  readonly model: string
  /** The number of the first result in its file name. Default: 1. */
  readonly first?: number
}

/**
 * Saves results under names. A page may show a result of another origin, but not read it. The
 * client therefore creates a link that may be read.
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
        const blob = await files.save(await files.downloadUrl(url))
        saveAs(blob, fileNameOf(model, url, first + index))
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
    failed: 'Retry the download',
  }
  return (
    <Button className="button" onPress={() => void save()}>
      <Download size={16} aria-hidden="true" />
      {labels[state]}
    </Button>
  )
}
