// `pnpm release:record` writes `released/`: the API, the document and the configuration of a release.
// Later changes are compared with it. `pnpm release:version` runs this after `changeset version`.
import { recordRelease } from '../spec/diff/released.ts'
import { repository } from './packages.ts'

await recordRelease(repository)
