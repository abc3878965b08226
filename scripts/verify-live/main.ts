// `APIKLEY_API_KEY=… pnpm verify:live [TASK_ID]`: compares the live service with the documents. It
// is free and creates nothing. With the id of a finished task it also checks the fields of tasks.
import { join } from 'node:path'
import { repository } from '../release/packages.ts'
import { readDocument } from '../spec/compile/read-document.ts'
import { verifyLive } from './verify-live.ts'

const TIMEOUT_MS = 30_000

process.exitCode = await verifyLive({
  root: repository,
  key: process.env.APIKLEY_API_KEY ?? '',
  taskId: process.argv[2],
  document: await readDocument(join(repository, 'specs/openapi.yaml'), 'specs/openapi.yaml'),
  fetch: globalThis.fetch,
  createTimeout: () => AbortSignal.timeout(TIMEOUT_MS),
  now: Date.now(),
  log: console.log,
})
