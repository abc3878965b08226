import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runServer } from 'verdaccio'
import { pack, pnpm, publishedPackages } from './packages.ts'

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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new Error('The registry has no port.')
  }
  const url = `http://127.0.0.1:${address.port}/`
  const npmrc = `@apikley:registry=${url}\n${url.replace('http:', '')}:_authToken=anyone\n`
  await writeFile(join(folder, '.npmrc'), npmrc)
  return {
    url,
    npmrc,
    publishAll: async () => {
      const packages = await publishedPackages()
      for (const each of packages) {
        const tarball = await pack(each, folder)
        await promisify(execFile)(pnpm, ['publish', tarball, '--no-git-checks'], {
          cwd: folder,
          env: { ...process.env, PNPM_CONFIG_PROVENANCE: 'false' },
          timeout: 60_000,
        })
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
