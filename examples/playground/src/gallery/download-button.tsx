import { useApikley } from '@apikley/react'
import { Download } from 'lucide-react'
import { useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'

interface DownloadButtonProps {
  readonly url: string
  readonly fileName: string
}

/** Saves a result under a name. By its own address it can be shown across origins and not read, so the client is asked for a link for that. */
export function DownloadButton({ url, fileName }: DownloadButtonProps): ReactElement {
  const { files } = useApikley()
  const announce = useAnnounce()
  const [state, setState] = useState<'ready' | 'saving' | 'failed'>('ready')
  const save = async (): Promise<void> => {
    if (state === 'saving') return
    setState('saving')
    try {
      saveAs(await files.save(await files.downloadUrl(url)), fileName)
      setState('ready')
      announce(`${fileName} is saved`)
    } catch (error) {
      setState('failed')
      announce(error instanceof Error ? error.message : 'The download failed')
    }
  }
  return (
    <Button className="button" onPress={() => void save()}>
      <Download size={16} aria-hidden="true" />
      {state === 'saving' ? 'Saving…' : state === 'failed' ? 'Try the download again' : 'Download'}
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
