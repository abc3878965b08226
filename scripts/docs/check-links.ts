import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../release/packages.ts'

const site = join(repository, 'docs/.vitepress/dist')
/** The path of the site on its server, as in docs/.vitepress/config.ts. */
const base = process.env.DOCS_BASE ?? '/'

/** The links in the built site whose target page or anchor does not exist. */
export async function findDeadLinks(): Promise<string[]> {
  const pages = new Map<string, string>()
  for await (const file of glob('**/*.html', { cwd: site })) {
    const path = `${base}${file.replace(/(index)?\.html$/, '')}`
    pages.set(path, await readFile(join(site, file), 'utf8'))
  }
  return Array.from(pages, ([from, html]) =>
    [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].flatMap(([, href = '']) => {
      const { origin, pathname, hash } = new URL(href, `https://site${from}`)
      const target = pages.get(pathname.replace(/\.html$/, ''))
      const isAsset = /\.(txt|md|xml)$/.test(pathname)
      const id = decodeURIComponent(hash.slice(1))
      const isFound = target !== undefined && (id === '' || target.includes(`id="${id}"`))
      return origin !== 'https://site' || isAsset || isFound ? [] : [`${from}: ${href}`]
    }),
  ).flat()
}
