// Part of the build of a package, in its folder: takes the white space out of the code, but leaves
// lines in it. Of an error that nobody caught, Node prints the line that it came from, which should
// not be the whole file. The source maps follow. Declarations lose their indentation, their notes
// (`//`), the space around signs, and comments in them their asterisks.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { minify } from 'terser'

const files = (await readdir('dist', { recursive: true, encoding: 'utf8' })).map((file) =>
  join('dist', file),
)
/** What stacks and React's tools show by its name without the source map. */
const names = await exportedNames(files.filter((file) => /\.d\.c?ts$/.test(file)))
await Promise.all([
  ...files.filter((file) => /(?<!\.d)\.c?js$/.test(file)).map(compactCode),
  ...files.filter((file) => /\.d\.c?ts$/.test(file)).map(compactDeclarations),
])

async function compactCode(file: string): Promise<void> {
  const map = `${basename(file)}.map`
  const code = await readFile(file, 'utf8')
  // A file without code has no map.
  if (!code.includes(`sourceMappingURL=${map}`)) {
    return
  }
  const compact = await minify(code, {
    module: file.endsWith('.js'),
    // What stands at the top of a file is its own, in CommonJS too.
    toplevel: true,
    ecma: 2020,
    // Nothing is copied to where it is used: what repeats itself is smaller once it is compressed,
    // and a stack keeps its names. Directives stay: without 'use client' no server component can
    // render what a hook's package exports.
    compress: { passes: 3, inline: 0, reduce_funcs: false, directives: false },
    mangle: { keep_fnames: names, keep_classnames: true },
    format: { max_line_len: 320, preserve_annotations: true, comments: /^!|@license|@preserve/ },
    sourceMap: { content: await readFile(`${file}.map`, 'utf8'), url: map, includeSources: true },
  })
  if (compact.code === undefined || typeof compact.map !== 'string') {
    throw new Error(`${file} could not be made compact`)
  }
  await writeFile(file, `${compact.code}\n`)
  await writeFile(`${file}.map`, compact.map)
}

/** The names that a package exports, by its declarations. */
async function exportedNames(declarations: string[]): Promise<RegExp> {
  const texts = await Promise.all(declarations.map((file) => readFile(file, 'utf8')))
  const lists = texts.flatMap((text) =>
    [...text.matchAll(/^export \{(.*)\}/gm)].map(([, list = '']) => list),
  )
  const names = lists
    .flatMap((list) => list.split(',').map((name) => name.trim()))
    .filter((name) => /^\w+$/.test(name))
  return new RegExp(`^(${[...new Set(names)].join('|')})$`)
}

/**
 * A line that begins within a template or a string would change its meaning; declarations have none
 * that is longer than a line. Nor does a comment need the asterisks of its lines, nor what is
 * around a sign the space beside it.
 */
async function compactDeclarations(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const flush = text.replaceAll(/^[ \t]+/gm, '').replaceAll(/^\/\/ .*\n/gm, '')
  // By turns what is as it is, comments and texts, and what is not.
  const parts = flush.split(/(\/\*\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)/)
  const compact = parts.map((part) =>
    part.startsWith('/**')
      ? part.replaceAll(/^\* ?(?!\/)/gm, '')
      : /^["'`]/.test(part)
        ? part
        : part
            .replaceAll(/ (=>|[|&=]) /g, '$1')
            .replaceAll(/(?<=[\w?\])])([:,]) /g, '$1')
            .replaceAll(/;(?=\n\})/g, ''),
  )
  await writeFile(file, compact.join(''))
}
