import { ApikleyProvider } from '@apikley/react'
import type { ReactNode } from 'react'

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <ApikleyProvider>{children}</ApikleyProvider>
      </body>
    </html>
  )
}
