import { useEffect, useState } from 'react'

/** An address under which the page can show a file; it is given back when the file changes or leaves. */
export function useObjectUrl(file: Blob | string): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (typeof file === 'string') return setUrl(file)
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return url
}
