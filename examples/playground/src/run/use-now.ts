import { useEffect, useState } from 'react'

/** The time, which the component is rendered anew for, every `interval` ms. In Unix ms. */
export function useNow(interval: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval)
    return () => clearInterval(timer)
  }, [interval])
  return now
}
