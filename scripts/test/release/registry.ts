import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runServer } from 'verdaccio'
import { run } from '../../run.ts'
import { pack, pnpm, publishedPackages } from '../../release/packages.ts'

/** An npm registry on loopback for the packages of `@apikley`. It is empty at first. */
export type Registry = {
  url: string
  /** The lines of an `.npmrc` with which npm, pnpm, Bun and Deno use it for `@apikley`. */
  npmrc: string
  /** Packs and publishes every package of this repository. Returns their common version. */
  publishAll: () => Promise<string>
  stop: () => Promise<void>
}

export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-registry-'))
  const server: Server = await runServer({
    self_path: folder,
    storage: join(folder, 'storage'),
    packages: { '@apikley/*': { access: '$all', publish: '$all', unpublish: '$all' } },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    uplinks: {},
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'fatal' },
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const npmrc = `@apikley:registry=http://127.0.0.1:${port}/\n//127.0.0.1:${port}/:_authToken=anyone\n`
  await writeFile(join(folder, '.npmrc'), npmrc)
  return {
    url: `http://127.0.0.1:${port}/`,
    npmrc,
    publishAll: async () => {
      const packages = await publishedPackages()
      const env = { PNPM_CONFIG_PROVENANCE: 'false' }
      for (const each of packages) {
        const { filename } = await pack(each, folder)
        await run(pnpm, ['publish', filename, '--no-git-checks'], { cwd: folder, env })
      }
      return packages[0]?.manifest.version ?? ''
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
