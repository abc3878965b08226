import highlight from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import { useMemo, type ReactElement } from 'react'
import type { Snippet } from './snippets.ts'

highlight.registerLanguage('bash', bash)
highlight.registerLanguage('typescript', typescript)
// TypeScript uses it for JSX.
highlight.registerLanguage('xml', xml)

/** Code in colours. */
export function HighlightedCode({
  code,
  language,
}: Pick<Snippet, 'code' | 'language'>): ReactElement {
  const html = useMemo(() => highlight.highlight(code, { language }).value, [code, language])
  // oxlint-disable-next-line react/no-danger -- highlight.js escapes the code
  return <code dangerouslySetInnerHTML={{ __html: html }} />
}
