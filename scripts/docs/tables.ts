import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ReflectionKind, type DeclarationReflection, type ProjectReflection } from 'typedoc'
import { parse } from 'yaml'
import { publishedPackages, repository } from '../release/packages.ts'

/** The interfaces whose properties become a table, by the name of the file. */
const OPTION_TABLES: Readonly<Record<string, string>> = {
  'client-options': 'ApikleyOptions',
  'run-options': 'RunOptions',
  'proxy-options': 'ProxyOptions',
  'webhook-options': 'WebhookOptions',
  'use-run-options': 'UseRunOptions',
}

/** Writes the tables that pages include: options, runtimes and sizes. */
export async function writeTables(project: ProjectReflection): Promise<void> {
  for (const [file, name] of Object.entries(OPTION_TABLES)) {
    await write(file, optionTable(project, name))
  }
  await write('kinds', await readmeBlock('packages/client/README.md', 'kinds'))
  await write('submission', await readmeBlock('packages/client/README.md', 'submission'))
  await write('runtimes', await runtimeTable())
  await write('packages', await packageTable())
}

function optionTable(project: ProjectReflection, name: string): string {
  const [found] = project
    .getReflectionsByKind(ReflectionKind.Interface)
    .filter((each) => each.name === name)
  if (!found?.isDeclaration() || !found.children) {
    throw new Error(`The interface ${name} is not exported.`)
  }
  const rows = found.children.map((option) => `| \`${option.name}\` | ${commentOf(option)} |`)
  return `| option | meaning |\n| --- | --- |\n${rows.join('\n')}\n`
}

function commentOf({ comment, signatures }: DeclarationReflection): string {
  const parts = (comment ?? signatures?.[0]?.comment)?.summary ?? []
  const text = parts.map((part) => part.text).join('')
  return text
    .replaceAll(/(^|\n)- /g, '<br>• ')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/^<br>/, '')
    .replaceAll('|', String.raw`\|`)
}

/** A table that a test compares with the code. */
async function readmeBlock(path: string, name: string): Promise<string> {
  const text = await readFile(join(repository, path), 'utf8')
  const [, block] = new RegExp(`<!-- ${name} -->(.*?)<!-- /${name} -->`, 's').exec(text) ?? []
  if (block === undefined) {
    throw new Error(`${path} has no block ${name}.`)
  }
  return block.trim()
}

async function runtimeTable(): Promise<string> {
  const runtimes = parse(await readFile(join(repository, 'runtimes.yaml'), 'utf8'))
  const { node, bun, deno, workerd, typescript, react, minimum } = runtimes
  const rows = [
    ['Node', node.versions.join(', ')],
    ['Bun', bun],
    ['Deno', deno],
    ['Cloudflare Workers (workerd)', workerd],
    ['Chromium, through a bundler', 'current'],
    ['TypeScript', typescript.versions.join(', ')],
    ['React, from', react.react],
    ['TanStack Query, from', react['@tanstack/react-query']],
    ['Safari, from (not run here)', minimum.safari],
    ['React Native, from (not run here)', minimum['react-native']],
  ]
  const lines = rows.map((row) => `| ${row.join(' | ')} |`)
  return `| platform | tested versions |\n| --- | --- |\n${lines.join('\n')}\n`
}

async function packageTable(): Promise<string> {
  const rows = (await publishedPackages()).map(
    ({ name, manifest }) => `| \`${name}\` | ${manifest.description} |`,
  )
  return `| package | purpose |\n| --- | --- |\n${rows.join('\n')}\n`
}

function write(name: string, text: string): Promise<void> {
  return writeFile(join(repository, 'docs/generated', `${name}.md`), text)
}
