// `node scripts/release/check.ts`, before a release: npm refuses a package with provenance when its
// manifest does not name the repository of the workflow.
import { publishedPackages, readManifest, repository } from './packages.ts'

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
const expected = `git+${server}/${name}.git`
const packages = (await publishedPackages()).map(({ manifest }) => manifest)
const manifests = [await readManifest(repository), ...packages]
const wrong = manifests.filter((manifest) => manifest.repository?.url !== expected)
if (wrong.length > 0) {
  const names = wrong.map((manifest) => manifest.name).join(', ')
  console.error(`Set "repository.url" to ${expected} in the package.json of ${names}.`)
  process.exitCode = 1
} else {
  console.log(`All manifests name ${expected}`)
}
