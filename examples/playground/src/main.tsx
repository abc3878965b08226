import { ApikleyProvider } from '@apikley/react'
import { StrictMode } from 'react'
import { I18nProvider } from 'react-aria-components'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createHistory } from './history/history.ts'
import { models } from './models/models.ts'
import { Announcer } from './run/announcer.tsx'
import './styles/theme.css'
import './styles/page.css'
import './styles/controls.css'
import './styles/form.css'
import './styles/media.css'
import './styles/stage.css'
import './styles/history.css'

const root = document.getElementById('root')
const isLive =
  document.querySelector<HTMLMetaElement>('meta[name=playground-service]')?.content === 'live'
if (root) {
  createRoot(root).render(
    <StrictMode>
      {/* Its client talks to /api/apikley, where the proxy is. */}
      <ApikleyProvider>
        <I18nProvider locale="en-US">
          <Announcer>
            <App models={models} history={createHistory(window)} isLive={isLive} />
          </Announcer>
        </I18nProvider>
      </ApikleyProvider>
    </StrictMode>,
  )
}
