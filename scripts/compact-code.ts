// Part of the build of a package, in its folder: takes the white space out of the code, but leaves lines in it. Of an error that nobody caught, Node prints
// the line that it came from, which should not be the whole file. The source maps follow. Declarations lose their indentation.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { minify } from 'terser'

const files = (await readdir('dist', { recursive: true, encoding: 'utf8' })).map((file) => join('dist', file))
await Promise.all([
  ...files.filter((file) => /(?<!\.d)\.c?js$/.test(file)).map(compactCode),
  ...files.filter((file) => /\.d\.c?ts$/.test(file)).map(compactDeclarations),
])

async function compactCode(file: string): Promise<void> {
  const map = `${basename(file)}.map`
  const code = await readFile(file, 'utf8')
  // A file without code has no map.
  if (!code.includes(`sourceMappingURL=${map}`)) return
  const compact = await minify(code, {
    module: file.endsWith('.js'),
    // What stands at the top of a file is its own, in CommonJS too.
    toplevel: true,
    ecma: 2020,
    // Nothing is copied to where it is used: what repeats itself is smaller once it is compressed, and a stack keeps its names.
    // Directives stay: without 'use client' no server component can render what a hook's package exports.
    compress: { passes: 3, inline: 0, reduce_funcs: false, directives: false },
    mangle: { keep_fnames: true, keep_classnames: true },
    format: { max_line_len: 160, preserve_annotations: true, comments: /^!|@license|@preserve/ },
    sourceMap: { content: await readFile(`${file}.map`, 'utf8'), url: map, includeSources: true },
  })
  if (compact.code === undefined || typeof compact.map !== 'string') throw new Error(`${file} could not be made compact`)
  await writeFile(file, `${compact.code}\n`)
  await writeFile(`${file}.map`, compact.map)
}

/** A line that begins within a template or a string would change its meaning; declarations have none that is longer than a line. */
async function compactDeclarations(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replaceAll(/^[ \t]+/gm, ''))
}
