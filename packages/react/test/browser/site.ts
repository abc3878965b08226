import { createProxyHandler } from '@apikley/server'
import { createSimulator, type Simulator, type SimulatorOptions } from '@apikley/simulator'
import { build } from 'esbuild'
import { listenWith } from 'test-kit/listen'

/**
 * A site as it would be put online: a page, the proxy on its server, and behind that the service.
 */
export interface Site {
  readonly url: string
  readonly simulator: Simulator
  /** The requests to the proxy, as method and route, such as `POST tasks`. */
  readonly asked: string[]
  stop(): Promise<void>
}

/** Tasks take so long that a page can be taken away and loaded again in the middle of one. */
export async function startSite(options: SimulatorOptions<never> = {}): Promise<Site> {
  const simulator = createSimulator({ latency: 3000, invisibleFor: 0, ...options })
  const proxy = createProxyHandler({
    apiKey: 'any-key-will-do',
    secret: 'a secret of thirty-two characters',
    models: ['ideogram/v3-reframe'],
    authorize: () => 'anonymous',
    fetch: simulator.fetch,
  })
  const asked: string[] = []
  const code = await script
  const { url, stop } = await listenWith(async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/api/apikley/')) {
      asked.push(`${request.method} ${pathname.split('/')[3]}`)
      return proxy.fetch(request)
    }
    const [body, type] =
      pathname === '/page.js' ? [code, 'text/javascript'] : [document, 'text/html']
    return new Response(body, { headers: { 'content-type': type } })
  })
  return {
    url,
    simulator,
    asked,
    async stop() {
      await simulator.stop()
      await stop()
    },
  }
}

const document =
  '<!doctype html><html lang="en"><title>Reframe</title><link rel="icon" href="data:," /><body><script src="/page.js"></script>'

const script = build({
  entryPoints: [`${import.meta.dirname}/page.tsx`],
  bundle: true,
  write: false,
  // As an application would: the settings of this repository lead into sources.
  tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
  define: { 'process.env.NODE_ENV': '"development"' },
}).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
