import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactElement } from 'react'
import { Button } from 'react-aria-components'
import { useAnnounce } from '../run/announcer.tsx'

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  /** What is said when it is done. */
  readonly told: string
}

/** How long the button says that it is done, in ms. */
const shown = 2500

export function CopyButton({ text, label, told }: CopyButtonProps): ReactElement {
  const announce = useAnnounce()
  const [state, setState] = useState<'ready' | 'done' | 'failed'>('ready')
  useEffect(() => {
    if (state === 'ready') {
      return
    }
    const timer = setTimeout(() => setState('ready'), shown)
    return () => clearTimeout(timer)
  }, [state])
  const copy = async (): Promise<void> => {
    const copied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    setState(copied ? 'done' : 'failed')
    announce(copied ? told : 'This browser does not let the page copy')
  }
  return (
    <Button className="button quiet" onPress={() => void copy()}>
      {state === 'done' ? (
        <Check size={16} aria-hidden="true" />
      ) : (
        <Copy size={16} aria-hidden="true" />
      )}
      {{ ready: label, done: 'Copied', failed: 'Not allowed' }[state]}
    </Button>
  )
}
