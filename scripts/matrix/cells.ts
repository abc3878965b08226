import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, runInChromium } from './browser.ts'
import type { Budgets } from '../packages/budgets.ts'
import { installedSize } from './installed-size.ts'
import { execute, serve } from './process.ts'
import type { Projects } from './project.ts'
import type { Runtimes } from './runtimes.ts'
import { servers } from './servers.ts'
import type { Tools } from './tools.ts'

/** What a cell has to work with. */
export type Bench = { folder: string; tools: Tools; projects: Projects; target: string }

/** One way of use. `run` gives the line that the example prints. */
export type Cell = { runtime: string; format: string; run: (bench: Bench) => Promise<string> }

const environment = (target: string): Record<string, string> => ({
  APIKLEY_API_KEY: 'any-key-will-do',
  APIKLEY_BASE_URL: target,
})

export function createCells(runtimes: Runtimes, budgets: Budgets): Cell[] {
  const used = usages(runtimes).map((cell) => ({
    ...cell,
    run: async (bench: Bench) => finished(await cell.run(bench)),
  }))
  return [
    ...used,
    {
      runtime: 'npm install',
      format: 'size on the disk',
      run: (bench) => measured(bench, budgets),
    },
  ]
}

function usages(runtimes: Runtimes): Cell[] {
  const { node, typescript, bun, deno, workerd, browser, react } = runtimes
  const current = node.versions.at(-1) ?? ''
  return [
    ...node.versions.flatMap((version): Cell[] => [
      {
        runtime: `Node ${version}`,
        format: 'ESM',
        run: (bench) => inNode(bench, version, 'runtimes/node'),
      },
      {
        runtime: `Node ${version}`,
        format: 'CommonJS',
        run: (bench) => inNode(bench, version, 'runtimes/node-commonjs'),
      },
    ]),
    ...typescript.versions.flatMap((version): Cell[] =>
      typescript.resolutions.map((resolution) => ({
        runtime: `TypeScript ${version}`,
        format: resolution === 'nodenext' ? 'nodenext, ESM and CommonJS' : resolution,
        run: (bench) => compiled(bench, version, resolution, current),
      })),
    ),
    { runtime: `Bun ${bun}`, format: 'TypeScript', run: (bench) => inBun(bench, bun) },
    { runtime: `Deno ${deno}`, format: 'TypeScript', run: (bench) => inDeno(bench, deno) },
    { runtime: `workerd ${workerd}`, format: 'bundle', run: (bench) => inWorkerd(bench, workerd) },
    { runtime: browser, format: 'Vite build', run: (bench) => inBrowser(bench, 'vite') },
    {
      runtime: browser,
      format: 'Vite build, oldest React and TanStack Query',
      run: (bench) => inBrowser(bench, 'vite-oldest', react),
    },
    ...servers(runtimes),
  ]
}

/** An example prints one line: the task that it created, its state and its results. */
function finished(printed: string): string {
  const line = printed.trim()
  if (!/^task_\S+ success https:\/\/\S+$/.test(line)) {
    throw new Error(`This should be one line with a task, its state and its results:\n${line}`)
  }
  return line
}

async function measured({ projects }: Bench, { installed }: Budgets): Promise<string> {
  const { all, ours } = await installedSize(await projects.installed('runtimes/node'))
  const said = `${all.toFixed(0)} kB of ${installed.all}, ${ours.toFixed(1)} kB of ${installed.ours} ours`
  if (all > installed.all || ours > installed.ours) {
    throw new Error(`${said}; the limits are in budgets.yaml`)
  }
  return said
}

async function inNode(
  { tools, projects, target }: Bench,
  version: string,
  example: string,
): Promise<string> {
  const [binary, project] = await Promise.all([tools.node(version), projects.installed(example)])
  return execute(binary, ['main.js'], { cwd: project, env: environment(target) })
}

async function compiled(
  { tools, projects, target }: Bench,
  version: string,
  resolution: string,
  node: string,
): Promise<string> {
  const [binary, project] = await Promise.all([
    tools.node(node),
    projects.installed('runtimes/typescript', `typescript-${version}`, { typescript: version }),
  ])
  const out = join(project, `dist-${resolution}`)
  const config = resolution === 'nodenext' ? 'tsconfig.json' : `tsconfig.${resolution}.json`
  await execute(binary, ['node_modules/typescript/bin/tsc', '-p', config, '--outDir', out], {
    cwd: project,
  })
  const programs = resolution === 'nodenext' ? ['main.js', 'legacy.cjs'] : ['main.js']
  const lines = await Promise.all(
    programs.map((program) =>
      execute(binary, [join(out, program)], { cwd: project, env: environment(target) }),
    ),
  )
  const [line = ''] = lines
  if (lines.some((other) => other !== line)) {
    throw new Error(`The formats do not say the same:\n${lines.join('')}`)
  }
  return line
}

async function inBun({ folder, tools, projects, target }: Bench, version: string): Promise<string> {
  const [binary, cwd] = await Promise.all([tools.bun(version), projects.copy('runtimes/bun')])
  const env = { ...environment(target), BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache') }
  await execute(binary, ['install', '--ignore-scripts'], { cwd, env })
  return execute(binary, ['main.ts'], { cwd, env })
}

async function inDeno(
  { folder, tools, projects, target }: Bench,
  version: string,
): Promise<string> {
  const [binary, cwd] = await Promise.all([tools.deno(version), projects.copy('runtimes/deno')])
  const env = {
    DENO_TLS_CA_STORE: 'mozilla,system',
    ...environment(target),
    DENO_DIR: join(folder, 'deno-cache'),
    DENO_NO_UPDATE_CHECK: '1',
  }
  // What is tried was published a moment ago.
  const age = '--minimum-dependency-age=0'
  await execute(binary, ['check', age, 'main.ts'], { cwd, env })
  return execute(binary, ['run', age, '--allow-env', '--allow-net', 'main.ts'], { cwd, env })
}

async function inWorkerd({ tools, projects, target }: Bench, version: string): Promise<string> {
  const [binary, cwd, port] = await Promise.all([
    tools.workerd(version),
    projects.installed('runtimes/worker'),
    freePort(),
  ])
  await execute('npm', ['run', 'build'], { cwd })
  const url = `http://127.0.0.1:${port}/`
  const args = ['serve', 'config.capnp', '--socket-addr', `http=127.0.0.1:${port}`]
  const { stop } = await serve(binary, args, { cwd, env: environment(target) }, `${url}favicon.ico`)
  try {
    const answer = await fetch(url, { method: 'POST' })
    return await answer.text()
  } finally {
    await stop()
  }
}

async function inBrowser(
  { folder, projects, target }: Bench,
  variant: string,
  versions?: Record<string, string>,
): Promise<string> {
  const [cwd, port] = await Promise.all([
    projects.installed('runtimes/vite', variant, versions),
    freePort(),
  ])
  const vite = join(cwd, 'node_modules/vite/bin/vite.js')
  await execute(process.execPath, [vite, 'build'], { cwd })
  const url = `http://127.0.0.1:${port}/`
  const args = [vite, 'preview', '--host', '127.0.0.1', '--port', String(port), '--strictPort']
  const { stop } = await serve(process.execPath, args, { cwd, env: environment(target) }, url)
  try {
    const profile = join(folder, `chromium-${variant}`)
    await mkdir(profile, { recursive: true })
    return await runInChromium(url, profile)
  } finally {
    await stop()
  }
}
