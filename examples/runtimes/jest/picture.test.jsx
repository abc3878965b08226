import { createApikley } from '@apikley/client'
import { ApikleyProvider } from '@apikley/react'
import { createSimulator } from '@apikley/simulator'
import { fireEvent, render, screen } from '@testing-library/react'
import { Picture } from './picture'

// Tasks end at once, and the first poll comes at once.
const simulator = createSimulator({ latency: 0, invisibleFor: 0 })
const client = createApikley({
  apiKey: 'any-long-key-will-do',
  dangerouslyAllowBrowser: true,
  fetch: simulator.fetch,
  polling: { firstDelay: 0 },
})

const renderPicture = () =>
  render(
    <ApikleyProvider client={client}>
      <Picture />
    </ApikleyProvider>,
  )

test('a click shows the reframed picture', async () => {
  renderPicture()
  fireEvent.click(screen.getByRole('button'))
  const picture = await screen.findByRole('img')
  expect(picture.getAttribute('src')).toContain(simulator.journal.tasks[0].taskId)
})

test('a refusal shows its message', async () => {
  simulator.control.addFaults({ fault: 'code', code: 402, operation: 'create-task' })
  renderPicture()
  fireEvent.click(screen.getByRole('button'))
  expect((await screen.findByRole('alert')).textContent).toContain('Top up the account')
})
