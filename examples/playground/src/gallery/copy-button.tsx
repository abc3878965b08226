import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'

interface CopyButtonProps {
  readonly text: string
  /** For instance `Copy URL`. */
  readonly label: string
}

const CONFIRMATION_MS = 2500

/** Copies a text, and shows for a moment whether that worked. */
export function CopyButton({ text, label }: CopyButtonProps): ReactElement {
  const announce = useAnnounce()
  const [state, setState] = useState<'ready' | 'done' | 'failed'>('ready')
  useEffect(() => {
    if (state === 'ready') {
      return
    }
    const timer = setTimeout(() => setState('ready'), CONFIRMATION_MS)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async (): Promise<void> => {
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    setState(isCopied ? 'done' : 'failed')
    announce(isCopied ? `${label}: done` : 'This browser does not let the page copy')
  }
  const Icon = state === 'done' ? Check : Copy
  return (
    <Button className="button quiet" onPress={() => void copy()}>
      <Icon size={16} aria-hidden="true" />
      {{ ready: label, done: 'Copied', failed: 'Not allowed' }[state]}
    </Button>
  )
}
