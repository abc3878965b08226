import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runServer } from 'verdaccio'
import { repository } from '../scratch.ts'

/**
 * An npm registry of our own on loopback, empty at first. Only packages of `@apikley` are asked
 * from it, so that it needs no other registry.
 */
export type Registry = {
  url: string
  /**
   * The lines of an `.npmrc` that send npm, pnpm, Bun and Deno here for `@apikley`, and let them
   * publish.
   */
  npmrc: string
  /** Publishes a tarball as `latest`, the way a release does. */
  publish: (tarball: string) => Promise<void>
  stop: () => Promise<void>
}

export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'apikley-registry-'))
  const server: Server = await runServer({
    self_path: folder,
    storage: join(folder, 'storage'),
    // Everyone on this machine may publish, for as long as it runs.
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
    publish: async (tarball) => {
      await promisify(execFile)(
        join(repository, 'node_modules/.bin/pnpm'),
        ['publish', tarball, '--no-git-checks'],
        {
          cwd: folder,
          env: { ...process.env, PNPM_CONFIG_PROVENANCE: 'false' },
          timeout: 60_000,
        },
      )
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
