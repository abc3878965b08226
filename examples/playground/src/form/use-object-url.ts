import { useEffect, useState } from 'react'

/** An address under which the page can show a file; it is given back when the file changes or leaves. A file that is an address has it already. */
export function useObjectUrl(file: Blob | string): string | undefined {
  const [made, setMade] = useState<{ readonly file: Blob; readonly url: string }>()
  useEffect(() => {
    if (typeof file === 'string') return
    const url = URL.createObjectURL(file)
    setMade({ file, url })
    return () => URL.revokeObjectURL(url)
  }, [file])
  if (typeof file === 'string') return file
  return made?.file === file ? made.url : undefined
}
