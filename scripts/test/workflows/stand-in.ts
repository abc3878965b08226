import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { readManifest, repository } from '../../release/packages.ts'
import { run } from '../../run.ts'

export type PullRequest = {
  number: number
  headRefName: string
  isCrossRepository: boolean
  state: 'OPEN' | 'CLOSED' | 'MERGED'
}

/** A repository on this machine as GitHub has it: a bare remote, and a `gh` that remembers. */
export type StandIn = {
  folder: string
  remote: string
  /** The variables of a workflow, with the stand-in first on PATH. */
  env: Record<string, string>
  /** The calls since the last time, each with its arguments. */
  calls: () => Promise<string[]>
  /** The body of the last pull request or release. */
  body: () => Promise<string>
  pulls: () => Promise<PullRequest[]>
  setPulls: (pulls: PullRequest[]) => Promise<void>
}

/** Keeps the pull requests in pulls.json, and every call as a line of calls.txt. */
const GH = `#!/usr/bin/env node
const { appendFileSync, copyFileSync, readFileSync, writeFileSync } = require('node:fs')
const at = (name) => require('node:path').join(__dirname, name)
const [subject, verb, ...args] = process.argv.slice(2)
const option = (name) => args.includes(name) ? args[args.indexOf(name) + 1] : undefined
const pulls = JSON.parse(readFileSync(at('pulls.json'), 'utf8'))
const file = option('--body-file') ?? option('--notes-file')
if (file) {
  copyFileSync(file, at('body.md'))
  if ([...readFileSync(file, 'utf8')].length > 65536) throw new Error('Body is too long')
}
const write = [subject, verb, ...args.filter((arg) => arg !== file)].join(' ')
if (verb !== 'list') appendFileSync(at('calls.txt'), write + '\\n')
if (subject + verb === 'prlist') {
  const states = option('--state') === 'open' ? ['OPEN'] : ['CLOSED', 'MERGED']
  const head = option('--head')
  console.log(JSON.stringify(pulls.filter((pull) => states.includes(pull.state) && (head ?? pull.headRefName) === pull.headRefName)))
}
if (subject + verb === 'prcreate') {
  const number = pulls.length + 1
  pulls.push({ number, headRefName: option('--head'), isCrossRepository: false, state: 'OPEN' })
  writeFileSync(at('pulls.json'), JSON.stringify(pulls))
  console.log('https://github.com/owner/name/pull/' + number)
}
if (subject + verb === 'releaseview') process.exit(1)
`

/** @param source a repository whose last commit is main; the remote is empty by default */
export async function createStandIn(source?: string): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-github-'))
  const { url = '' } = (await readManifest(repository)).repository ?? {}
  const [remote, bin] = [join(folder, 'remote.git'), join(folder, 'bin')]
  await run('git', ['init', '--quiet', '--bare', '--initial-branch', 'main', remote])
  if (source) {
    await run('git', ['push', '--quiet', remote, 'HEAD:refs/heads/main'], { cwd: source })
  }
  await mkdir(bin)
  const [calls, pulls] = [join(bin, 'calls.txt'), join(bin, 'pulls.json')]
  await writeFile(join(bin, 'gh'), GH)
  await chmod(join(bin, 'gh'), 0o755)
  await writeFile(calls, '')
  await writeFile(pulls, '[]')
  return {
    folder,
    remote,
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH}`,
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: url.replace(/^git\+https:..github.com.|\.git$/g, ''),
      GITHUB_SHA: 'main',
      GH_TOKEN: 'stand-in',
    },
    calls: async () => {
      const text = await readFile(calls, 'utf8')
      await writeFile(calls, '')
      return text.split('\n').slice(0, -1)
    },
    body: () => readFile(join(bin, 'body.md'), 'utf8'),
    pulls: async () => JSON.parse(await readFile(pulls, 'utf8')),
    setPulls: (list) => writeFile(pulls, JSON.stringify(list)),
  }
}
