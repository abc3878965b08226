import { existsSync } from 'node:fs'
import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { parse } from 'yaml'
import { repository } from '../../release/packages.ts'
import { run } from '../../run.ts'
import type { StandIn } from './stand-in.ts'

type Inputs = Record<string, string | number>
type Step = { if?: string; run?: string; uses?: string; with?: Inputs }
type Job = { if?: string; needs?: string; steps: Step[] }
type Outputs = Record<string, string>

/** Commands that take as long as all tests together. `WORKFLOW_STEPS=all` runs them too. */
const LONG = /\.ci\/run|pnpm@\S+ (test$|test:nightly|release:rehearse)/

/**
 * Runs the steps of a workflow as GitHub does. Each job has a clone of main, which later pushes
 * update. Scripts run. Artifacts are copied. The action that versions runs its script and merges.
 */
export class Runner {
  readonly #name: string
  readonly #github: StandIn
  readonly #npmrc: string

  constructor(name: string, github: StandIn, npmrc: string) {
    this.#name = name
    this.#github = github
    this.#npmrc = npmrc
  }

  /** Runs the jobs whose conditions hold, and returns their names. */
  async push(): Promise<string[]> {
    const file = join(repository, `.github/workflows/${this.#name}.yml`)
    const { jobs }: { jobs: Record<string, Job> } = parse(await readFile(file, 'utf8'))
    const ended = new Map<string, Outputs>()
    for (const [name, job] of Object.entries(jobs)) {
      const needed = ended.get(job.needs ?? '')
      if ((job.needs === undefined || needed) && holds(job.if, needed)) {
        ended.set(name, await this.#runJob(name, job))
      }
    }
    return [...ended.keys()]
  }

  /** Changes a file on main. */
  async merge(file: string, text: string): Promise<void> {
    const cwd = await this.clone('merged')
    await writeFile(join(cwd, file), text)
    await pushMain(cwd)
  }

  /** The clone of a job, with the files of main and what the job has installed. */
  async clone(job: string): Promise<string> {
    const cwd = join(this.#github.folder, job)
    if (existsSync(cwd)) {
      await run('git', ['pull', '--quiet'], { cwd })
    } else {
      await run('git', ['clone', '--quiet', this.#github.remote, cwd])
      await writeFile(join(cwd, '.npmrc'), this.#npmrc)
      await appendFile(join(cwd, '.git/info/exclude'), '.npmrc\n/packed\n')
    }
    return cwd
  }

  /** Runs a command as GitHub does, with the Node of the job first on PATH. */
  async bash(command: string, cwd: string, version: number, output = ''): Promise<string> {
    const [bin = '', ...others] = (this.#github.env.PATH ?? '').split(delimiter)
    const node = version > 20 ? [dirname(process.execPath)] : []
    const paths = [bin, ...node, ...others.filter((path) => !path.includes('node_modules'))]
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command]
    const PATH = paths.join(delimiter)
    const env = { ...this.#github.env, PATH, CI: 'true', GITHUB_OUTPUT: output, WORKFLOW_STEPS: '' }
    return run('bash', args, { cwd, env, timeoutMs: 3_600_000 })
  }

  async #runJob(name: string, { steps }: Job): Promise<Outputs> {
    const cwd = await this.clone(name)
    const version = Number(
      steps.find((step) => step.with?.['node-version'])?.with?.['node-version'],
    )
    const file = join(this.#github.folder, 'output.txt')
    await writeFile(file, '')
    let outputs: Outputs = {}
    for (const step of steps) {
      if (!holds(step.if, outputs)) {
        continue
      }
      const started = performance.now()
      const outcome = await this.#runStep(step, cwd, version, file)
      const seconds = Math.round((performance.now() - started) / 1000)
      console.log(`${this.#name}, ${name}: ${step.run ?? step.uses}: ${outcome} (${seconds} s)`)
      const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.split('='))
      outputs = Object.fromEntries(lines)
    }
    return outputs
  }

  /** Returns `done`, or why the step does not run. */
  async #runStep(step: Step, cwd: string, version: number, output: string): Promise<string> {
    const { uses = '', with: inputs = {} } = step
    const script = step.run ?? inputs.script
    const artifact = join(this.#github.folder, 'artifacts', String(inputs.name))
    const path = join(cwd, String(inputs.path))
    if (uses.includes('upload-artifact')) {
      await rm(artifact, { recursive: true, force: true })
      await cp(path, artifact, { recursive: true })
    } else if (uses.includes('download-artifact')) {
      await cp(artifact, path, { recursive: true })
    } else if (script === undefined) {
      return 'runs on GitHub alone'
    } else if (LONG.test(String(script)) && process.env.WORKFLOW_STEPS !== 'all') {
      return 'left out, it is a command of its own'
    } else {
      // Provenance needs the identity of a workflow.
      const option = String(script).includes('publish.ts') ? ' --provenance=false' : ''
      await this.bash(`${script}${option}`, cwd, version, output)
    }
    if (uses && inputs.script !== undefined) {
      await pushMain(cwd)
    }
    return 'done'
  }
}

function holds(condition: string | undefined, outputs: Outputs = {}): boolean {
  const [, name, sign, value] = /outputs\.(\S+) (==|!=) '(\w+)'$/.exec(condition ?? '') ?? []
  return name === undefined || (outputs[name] === value) === (sign === '==')
}

/** A merged pull request, with everything that changed. */
async function pushMain(cwd: string): Promise<void> {
  const identity = ['-c', 'user.name=Maintainer', '-c', 'user.email=maintainer@localhost']
  await run('git', ['add', '--all'], { cwd })
  await run('git', [...identity, 'commit', '--quiet', '--message', 'Merge'], { cwd })
  await run('git', ['push', '--quiet', 'origin', 'HEAD:main'], { cwd })
}
