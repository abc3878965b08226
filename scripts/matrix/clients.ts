import { join } from 'node:path'
import { chromiumPath, launchChromium } from 'test-kit/chromium'
import { run } from '../run.ts'
import { execute, freePort, serve } from './process.ts'
import type { Runtimes } from './runtimes.ts'
import type { Cell, Workspace } from './workspace.ts'

/** The client in every runtime, with the projects of `examples/runtimes`. */
export function clientCells(runtimes: Runtimes): Cell[] {
  const { node, typescript, bun, deno, workerd, browser, react } = runtimes
  const cell = (name: string, print: (workspace: Workspace) => Promise<string>): Cell => ({
    name,
    run: async (workspace) => expectResult(await print(workspace)),
  })
  return [
    ...node.versions.flatMap((version) => [
      cell(`Node ${version} runs the ESM example`, async (workspace) =>
        execute(await workspace.node(version, 'runtimes/node', 'main.js')),
      ),
      cell(`Node ${version} runs the CommonJS example`, async (workspace) =>
        execute(await workspace.node(version, 'runtimes/node-commonjs', 'main.js')),
      ),
    ]),
    ...typescript.versions.flatMap((version) =>
      typescript.resolutions.map((resolution) =>
        cell(`TypeScript ${version} compiles the example with ${resolution}`, (workspace) =>
          compileAndRun(workspace, version, resolution, node.versions.at(-1) ?? ''),
        ),
      ),
    ),
    cell(`Bun ${bun} runs the example`, async (workspace) =>
      execute(await workspace.bun(bun, 'runtimes/bun', 'main.ts')),
    ),
    cell(`Deno ${deno} runs the example`, async (workspace) =>
      execute(await workspace.deno(deno, 'runtimes/deno', 'main.ts')),
    ),
    {
      name: 'Jest runs the tests of a React page in jsdom',
      async run(workspace) {
        const jest = 'node_modules/jest/bin/jest.js'
        await execute(await workspace.node(node.versions.at(-1) ?? '', 'runtimes/jest', jest))
      },
    },
    cell(`workerd ${workerd} runs the example`, (workspace) => runInWorkerd(workspace, workerd)),
    cell(`${browser} runs the Vite build`, (workspace) => runInBrowser(workspace, 'vite')),
    cell(`${browser} runs the Vite build with the oldest React`, (workspace) =>
      runInBrowser(workspace, 'vite-oldest', react),
    ),
  ]
}

/** Every example prints one line: its task, the state and the result. */
function expectResult(output: string): void {
  if (!/^task_\S+ success https:\/\/\S+$/.test(output.trim())) {
    throw new Error(`The example did not print its task and result:\n${output}`)
  }
}

async function compileAndRun(
  workspace: Workspace,
  version: string,
  resolution: string,
  nodeVersion: string,
): Promise<string> {
  const node = await workspace.program('node', nodeVersion)
  const versions = { typescript: version }
  const cwd = await workspace.installed('runtimes/typescript', `typescript-${version}`, versions)
  const out = join(cwd, `dist-${resolution}`)
  const isNodenext = resolution === 'nodenext'
  const config = isNodenext ? 'tsconfig.json' : `tsconfig.${resolution}.json`
  await run(node, ['node_modules/typescript/bin/tsc', '-p', config, '--outDir', out], { cwd })
  const options = { cwd, env: workspace.environment }
  if (isNodenext) {
    expectResult(await run(node, [join(out, 'legacy.cjs')], options))
  }
  return run(node, [join(out, 'main.js')], options)
}

async function runInWorkerd(workspace: Workspace, version: string): Promise<string> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const command = await workspace.workerd(version, 'runtimes/worker', port)
  const server = await serve(command, `${url}favicon.ico`)
  try {
    return await (await fetch(url, { method: 'POST' })).text()
  } finally {
    await server.stop()
  }
}

async function runInBrowser(
  workspace: Workspace,
  variant: string,
  versions?: Record<string, string>,
): Promise<string> {
  await chromiumPath()
  const cwd = await workspace.installed('runtimes/vite', variant, versions)
  const vite = join(cwd, 'node_modules/vite/bin/vite.js')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  await run(process.execPath, [vite, 'build'], { cwd })
  const args = [vite, 'preview', '--host', '127.0.0.1', '--port', `${port}`, '--strictPort']
  const command = { file: process.execPath, args, cwd, env: workspace.environment }
  const server = await serve(command, url)
  const context = await launchChromium()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.getByRole('button').click()
    return await page.locator('output, [role=alert]').innerText({ timeout: 60_000 })
  } finally {
    await context.close()
    await server.stop()
  }
}
