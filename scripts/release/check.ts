// `node scripts/release/check.ts`, before a release. npm refuses a package with provenance when its
// manifest does not name the repository of the workflow. Its output says whether there are changesets.
import { existsSync } from 'node:fs'
import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { publishedPackages, readManifest, repository } from './packages.ts'

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_OUTPUT: output } = process.env
const expected = `git+${server}/${name}.git`
const packages = (await publishedPackages()).map(({ manifest }) => manifest)
const manifests = [await readManifest(repository), ...packages]
const wrong = manifests.filter((manifest) => manifest.repository?.url !== expected)
const isVerified = existsSync(join(repository, 'specs/overlays/verified-live.yaml'))
if (wrong.length > 0) {
  const names = wrong.map((manifest) => manifest.name).join(', ')
  console.error(`Set "repository.url" to ${expected} in the package.json of ${names}.`)
  process.exitCode = 1
} else if (!isVerified && packages.some(({ version }) => !version.startsWith('0.'))) {
  console.error('Run `pnpm verify:live` before 1.0.0 is released. VERSIONING.md says why.')
  process.exitCode = 1
} else {
  console.log(`All manifests name ${expected}`)
}
if (output) {
  const files = await readdir(join(repository, '.changeset'))
  await appendFile(output, `has-changesets=${files.some((file) => file.endsWith('.md'))}\n`)
}
