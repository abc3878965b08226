import { version } from 'react'
import { version as domVersion } from 'react-dom'

// Without these the tests would say nothing about them.
if (!version.startsWith('18.') || !domVersion.startsWith('18.')) {
  throw new Error(`These are not the oldest versions: ${version}, ${domVersion}`)
}
