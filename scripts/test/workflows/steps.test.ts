import { appendFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { listen, type Listening } from 'test-kit/listen'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { publishedPackages, repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import { startRegistry, type Registry } from '../release/registry.ts'
import { painter } from '../spec/documents.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

type Step = { run?: string; uses?: string; with?: Record<string, string>; env?: object }
type Workflow = { jobs: Record<string, { steps: Step[] }> }

const folder = join(repository, '.github/workflows')
const workflows: [name: string, workflow: Workflow][] = await Promise.all(
  (await readdir(folder)).map(async (file) => [
    file.replace('.yml', ''),
    parse(await readFile(join(folder, file), 'utf8')),
  ]),
)

/**
 * Runs the steps of the workflows from clean clones of the last commit. Actions of GitHub are left
 * out, apart from their inputs: scripts run, and artifacts are copied.
 */
describe.each(workflows)('the workflow %s', (name, { jobs }) => {
  let github: StandIn
  let registry: Registry
  let documents: Listening
  beforeAll(async () => {
    github = await createStandIn(repository)
    registry = await startRegistry()
    documents = await listen((_, response) => response.end(painter))
    const { host } = new URL(documents.url)
    const source = `  - spec: market/atelier/painter-2.5\n    url: http://${host}/painter\n`
    const changes: Record<string, [file: string, text: string]> = {
      'spec-sync': ['specs/sources.yaml', `hosts: ['${host}']\nsources:\n${source}`],
      release: ['.changeset/one.md', "---\n'@apikley/client': patch\n---\n\nOne.\n"],
    }
    const [file, text] = changes[name] ?? []
    if (file && text) {
      const cwd = await clone('change')
      await writeFile(join(cwd, file), text)
      await pushMain(cwd)
    }
  })
  afterAll(async () => {
    await documents.stop()
    await registry.stop()
    await rm(github.folder, { recursive: true })
  })

  describe.each(Object.entries(jobs))('the job %s', (job, { steps }) => {
    let cwd: string
    beforeAll(async () => {
      cwd = await clone(job)
      await writeFile(join(cwd, '.npmrc'), registry.npmrc)
      await appendFile(join(cwd, '.git/info/exclude'), '.npmrc\n')
    })

    for (const step of steps) {
      test(`${step.run ?? step.uses}`, async ({ skip }) => {
        const outcome = await perform(step, steps, cwd)
        skip(outcome !== 'done', outcome)
        expect(outcome).toBe('done')
      })
    }
  })

  test.runIf(name === 'release')('the version is published, and has a tag and notes', async () => {
    const response = await fetch(new URL('@apikley/client', registry.url))
    const [{ manifest } = {}] = await publishedPackages(join(github.folder, 'publish'))
    const latest = manifest?.version ?? ''
    expect(await response.json()).toMatchObject({ 'dist-tags': { latest } })
    const calls = (await github.calls()).filter((call) => !call.startsWith('release view'))
    expect(calls).toEqual([
      'workflow run ci.yml --ref changeset-release/main',
      `release create v${latest} --target main --title v${latest} --notes-file`,
    ])
  })

  test.runIf(name === 'spec-sync')('a new model has a pull request with checks', async () => {
    expect(await github.body()).toContain('model atelier/painter-2.5 is new')
    expect((await github.calls()).map((call) => call.split(' ')[0])).toEqual(['pr', 'workflow'])
  })

  /** Returns `done`, or the reason why the step cannot run here. */
  async function perform(step: Step, steps: Step[], cwd: string): Promise<string> {
    const { uses = '', with: inputs = {} } = step
    const artifact = join(github.folder, inputs.name ?? 'artifact')
    // Provenance needs the identity of a workflow.
    const option = step.run?.includes('publish.ts') ? ' --provenance=false' : ''
    const script = step.run ?? inputs.script
    if (script !== undefined) {
      await bash(script + option, cwd, envOf(step, steps))
    }
    if (step.run === undefined && script !== undefined) {
      await pushMain(cwd)
    } else if (uses.includes('upload-artifact')) {
      await cp(join(cwd, inputs.path ?? ''), artifact, { recursive: true })
    } else if (uses.includes('download-artifact')) {
      await cp(artifact, join(cwd, inputs.path ?? ''), { recursive: true })
    } else if (script === undefined) {
      return `${uses} runs on GitHub alone`
    }
    return 'done'
  }

  async function clone(job: string): Promise<string> {
    const cwd = join(github.folder, job)
    await run('git', ['clone', '--quiet', github.remote, cwd])
    return cwd
  }

  /** A merged pull request, with everything that changed. */
  async function pushMain(cwd: string): Promise<void> {
    const identity = ['-c', 'user.name=Maintainer', '-c', 'user.email=maintainer@localhost']
    await run('git', ['add', '--all'], { cwd })
    await run('git', [...identity, 'commit', '--quiet', '--message', 'Merge'], { cwd })
    await run('git', ['push', '--quiet', 'origin', 'HEAD:main'], { cwd })
  }

  /** The variables of a step, with the Node that the job sets up first on PATH. */
  function envOf({ env }: Step, steps: Step[]): Record<string, string> {
    const version = steps.find(({ with: inputs }) => inputs?.['node-version'])?.with?.[
      'node-version'
    ]
    const paths = (github.env.PATH ?? '').split(delimiter)
    const [bin = '', ...others] = paths
    const node = Number(version) > 20 ? [dirname(process.execPath)] : []
    const PATH = [bin, ...node, ...others.filter((path) => !path.includes('node_modules'))]
    const output = join(github.folder, 'output.txt')
    const more = { GITHUB_OUTPUT: output, CI: 'true', PATH: PATH.join(delimiter) }
    return { ...github.env, ...(env ? { GH_TOKEN: 'stand-in' } : {}), ...more }
  }
})

/** As GitHub runs a step. */
async function bash(script: string, cwd: string, env: Record<string, string>): Promise<void> {
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script]
  await run('bash', args, { cwd, env, timeoutMs: 3_600_000 })
}
