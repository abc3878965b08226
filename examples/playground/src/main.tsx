import { ApikleyProvider } from '@apikley/react'
import { StrictMode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { History } from './history/history.ts'
import { models } from './models/models.ts'
import { Announcer } from './run/announcer.tsx'
import './styles/theme.css'
import './styles/page.css'
import './styles/controls.css'
import './styles/form.css'
import './styles/media.css'
import './styles/bar.css'
import './styles/stage.css'
import './styles/results.css'
import './styles/history.css'

const root = document.getElementById('root')
const service =
  document.querySelector<HTMLMetaElement>('meta[name=playground-service]')?.content ?? 'simulator'
keepFilesFromNavigating(window)
if (root) {
  createRoot(root).render(
    <StrictMode>
      {/* Its client calls the proxy at /api/apikley. */}
      <ApikleyProvider>
        <I18nProvider locale="en-US">
          <Announcer>
            <App models={models} history={new History(service)} isLive={service === 'live'} />
          </Announcer>
        </I18nProvider>
      </ApikleyProvider>
    </StrictMode>,
  )
}

/** A browser opens a file that is dropped beside a drop zone, and the page would be gone. */
function keepFilesFromNavigating(window: Window): void {
  for (const type of ['dragover', 'drop'] as const) {
    window.addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes('Files')) {
        event.preventDefault()
        event.dataTransfer.dropEffect = 'none'
      }
    })
  }
}
