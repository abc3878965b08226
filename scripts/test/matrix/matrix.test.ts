import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Unavailable } from 'test-kit/unavailable'
import { clientCells } from '../../matrix/clients.ts'
import { commandCells } from '../../matrix/command.ts'
import { readRuntimes } from '../../matrix/runtimes.ts'
import { serverCells } from '../../matrix/servers.ts'
import { Workspace } from '../../matrix/workspace.ts'
import { startPrism } from 'test-kit/prism'
import { repository } from '../../release/packages.ts'
import { startRegistry } from '../release/registry.ts'
import { quickStartCells } from './quick-starts.ts'

const runtimes = await readRuntimes()
const folder = await mkdtemp(join(tmpdir(), 'apikley-matrix-'))
const mock = await startPrism(join(repository, 'specs/openapi.yaml'))
const registry = await startRegistry()
const version = await registry.publishAll()
const workspace = new Workspace(folder, mock.url, registry.npmrc, version)
afterAll(async () => {
  await registry.stop()
  await mock.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

// Two at a time: most of a cell is waiting for a network or a clock. A machine without a program skips
// its cells, but CI has to run all.
const cells = [
  ...clientCells(runtimes),
  ...serverCells(runtimes),
  ...commandCells(runtimes),
  ...quickStartCells(runtimes.node.versions.at(-1) ?? ''),
]
test.concurrent.for(cells)('$name', async ({ run }, { skip }) => {
  const failure = await run(workspace).catch((error: unknown) => error)
  if (failure instanceof Unavailable && !process.env.CI) {
    skip(failure.message)
  }
  expect(failure).toBeUndefined()
})
