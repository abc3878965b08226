import { Monitor, Moon, Sun } from 'lucide-react'
import { useEffect, useState, type ReactElement } from 'react'
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { readStored, store } from '../storage/stored.ts'

const themes = [
  { id: 'system', label: 'As the system', Icon: Monitor },
  { id: 'light', label: 'Light', Icon: Sun },
  { id: 'dark', label: 'Dark', Icon: Moon },
] as const

/** A script in `index.html` reads it before the first paint. */
const KEY = 'playground:theme'

/** Switches between light, dark and the theme of the system, in all tabs. */
export function ThemeSwitch(): ReactElement {
  const [theme, setTheme] = useState(readTheme)
  useEffect(() => {
    document.documentElement.dataset.theme = theme
    store('localStorage', KEY, theme)
  }, [theme])
  useEffect(() => {
    const onStorage = (event: StorageEvent): void => {
      if (event.key === KEY) {
        setTheme(readTheme())
      }
    }
    window.addEventListener('storage', onStorage)
    return () => window.removeEventListener('storage', onStorage)
  }, [])
  return (
    <ToggleButtonGroup
      className="theme-switch"
      aria-label="Theme"
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[theme]}
      onSelectionChange={([chosen]) => setTheme(String(chosen))}
    >
      {themes.map(({ id, label, Icon }) => (
        <ToggleButton key={id} id={id} className="theme-option" aria-label={label}>
          <Icon size={16} aria-hidden="true" />
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

function readTheme(): string {
  const stored = readStored('localStorage', KEY)
  return themes.some(({ id }) => id === stored) ? String(stored) : 'system'
}
