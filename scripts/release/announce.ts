// `node scripts/release/announce.ts`: makes the tag and the GitHub release of the version. The
// notes are the entries of all changelogs.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gh, ghWithBody, toBody, toLink } from '../workflows/github.ts'
import { publishedPackages, repository } from './packages.ts'

const packages = await publishedPackages()
const version = packages[0]?.manifest.version ?? ''
const tag = `v${version}`
const isThere = await gh(repository, 'release', 'view', tag).then(
  () => true,
  () => false,
)
if (isThere) {
  console.log(`The release ${tag} exists.`)
} else {
  const entries = await Promise.all(packages.map(({ name, folder }) => entryOf(name, folder)))
  const notes = entries.join('') || 'No change of its own.'
  const create = ['release', 'create', tag, '--target', process.env.GITHUB_SHA ?? 'main']
  const body = toBody(notes, toLink(tag, 'packages'))
  console.log(await ghWithBody(repository, body, ...create, '--title', tag, '--notes-file'))
}

/** What a changelog says of the version, apart from versions of the other packages. */
async function entryOf(name: string, folder: string): Promise<string> {
  const changelog = await readFile(join(folder, 'CHANGELOG.md'), 'utf8').catch(() => '')
  const entry = changelog.split(/^## /m).find((each) => each.startsWith(`${version}\n`)) ?? ''
  const text = entry
    .slice(version.length)
    .replaceAll(/^- Updated dependencies.*\n( {2}- .*\n?)*/gm, '')
    .replaceAll(/^### .*\n+(?=### |$(?![^]))/gm, '')
    .trim()
  return text && `## ${name}\n\n${text}\n\n`
}
