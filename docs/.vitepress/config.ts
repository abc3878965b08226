import { Graphviz } from '@hpcc-js/wasm-graphviz'
import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'
import models from '../generated/models.json' with { type: 'json' }
import reference from '../generated/reference.json' with { type: 'json' }

const graphviz = await Graphviz.load()
/** Wide enough for every font that a browser uses. */
const DIAGRAM_STYLE = `bgcolor=transparent; ranksep=0.4;
  node [shape=box, style=rounded, fontname=Helvetica, fontsize=13, margin="0.3,0.1"];
  edge [fontname=Helvetica, fontsize=11];`
const repository = 'https://github.com/apikley/apikley'

const start = [
  ['Node', 'node'],
  ['Next.js', 'next'],
  ['Vite and React', 'vite'],
  ['Hono and Workers', 'hono'],
  ['Express', 'express'],
  ['Command line', 'cli'],
]
const guides = [
  ['Files', 'files'],
  ['Waiting and callbacks', 'waiting'],
  ['Money', 'money'],
  ['Errors', 'errors'],
  ['React', 'react'],
  ['Server', 'server'],
  ['Several processes', 'processes'],
  ['Command line and MCP', 'cli'],
  ['Testing your app', 'testing'],
  ['Runtimes and limits', 'runtimes'],
]
const about = [
  ['Coming from fal, replicate or fetch', 'coming-from'],
  ['Following spec changes', 'spec-changes'],
  ['Security and privacy', 'security'],
  ['FAQ', 'faq'],
  ['Why it is built this way', 'why'],
]
const links = (folder: string, pages: string[][]): { text?: string; link: string }[] =>
  pages.map(([text, page]) => ({ text, link: `/${folder}/${page}` }))

export default defineConfig({
  title: 'Apikley for TypeScript',
  description: 'Typed packages for the Apikley generation API',
  // GitHub Pages serves the site below the name of the repository.
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: true,
  srcExclude: ['generated/**'],
  vite: { plugins: [llms({ ignoreFiles: ['reference/**'] })] },
  // The home page has no landmark of its own.
  transformHtml: (html) => html.replace('class="VPContent is-home"', '$& role="main"'),
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      md.core.ruler.push('repository-links', ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.attrGet('href')
          if (href?.startsWith('../')) {
            token.attrSet('href', toRepository(href))
          }
        }
      })
      const fence = md.renderer.rules.fence
      md.renderer.rules.fence = (tokens, index, options, env, self) => {
        const { info = '', content = '' } = tokens[index] ?? {}
        const [, title] = /^dot (.+)$/.exec(info) ?? []
        return title === undefined
          ? (fence?.(tokens, index, options, env, self) ?? '')
          : drawDiagram(content, title)
      }
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
    socialLinks: [{ icon: 'github', link: repository }],
    nav: [
      { text: 'Quick start', link: '/start/node' },
      { text: 'Guides', link: '/guide/files' },
      { text: 'Models', link: '/models/' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: {
      '/': [
        { text: 'Quick start', items: links('start', start) },
        { text: 'Guides', items: links('guide', guides) },
        { text: 'About', items: links('about', about) },
      ],
      '/models/': [{ text: 'Models', link: '/models/', items: models }],
      '/reference/': [{ text: 'Reference', link: '/reference/', items: reference }],
    },
  },
})

/** The URL of a relative link in the README of a package, which a page includes. */
function toRepository(href: string): string {
  const path = href.startsWith('../../') ? href.slice(6) : `packages/${href.slice(3)}`
  return `${repository}/tree/main/${path}`
}

/** An SVG in the colors of the page, with a title for screen readers. */
function drawDiagram(dot: string, title: string): string {
  const svg = graphviz
    .dot(dot.replace('{', `{ ${DIAGRAM_STYLE}`))
    .replace(/^[^]*?(?=<svg)/, '')
    .replaceAll(/(stroke|fill)="black"/g, '$1="currentColor"')
    .replaceAll('fill="white"', 'fill="none"')
    .replaceAll('<text ', '<text fill="currentColor" ')
    .replaceAll(/ font-family="[^"]*"/g, '')
    .replaceAll(/<title>.*?<\/title>\n?/gs, '')
    .replace('<svg ', '<svg style="max-width: 100%; height: auto" role="img" ')
  return `<figure v-pre>${svg.replace('role="img"', `role="img" aria-label="${title}"`)}</figure>`
}
