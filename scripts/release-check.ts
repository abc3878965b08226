// Before a release: the manifests have to name the repository that the workflow runs in, or npm
// refuses what is published with provenance.
import { publishedPackages, readManifest } from './packages/manifest.ts'
import { repository } from './scratch.ts'

const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
if (server === undefined || name === undefined) {
  fail('This runs in a workflow: GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set.')
}
const here = `git+${server}/${name}.git`
const manifests = [
  await readManifest(repository),
  ...(await publishedPackages()).map(({ manifest }) => manifest),
]
const wrong = manifests.filter((manifest) => manifest.repository?.url !== here)
if (wrong.length > 0) {
  fail(
    `This is ${here}, but "repository" is ${wrong[0]?.repository?.url ?? 'missing'} in the package.json of ${wrong.map(({ name }) => name).join(', ')}. ` +
      'Set "repository.url" in these to the first.',
  )
}
console.log(`All manifests name ${here}`)

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
