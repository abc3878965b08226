// Part of the build of a package, in its folder: takes the white space out of the code, but leaves lines in it. Of an error that nobody caught, Node prints
// the line that it came from, which should not be the whole file. The source maps follow.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { minify } from 'terser'

const files = await readdir('dist', { recursive: true, encoding: 'utf8' })
for (const file of files.filter((file) => /\.c?js$/.test(file)).map((file) => join('dist', file))) {
  const map = `${basename(file)}.map`
  const code = await readFile(file, 'utf8')
  // A file without code has no map.
  if (!code.includes(`sourceMappingURL=${map}`)) continue
  const compact = await minify(code, {
    module: file.endsWith('.js'),
    compress: false,
    mangle: false,
    format: { max_line_len: 160, preserve_annotations: true, comments: /^!|@license|@preserve/ },
    sourceMap: { content: await readFile(`${file}.map`, 'utf8'), url: map, includeSources: true },
  })
  if (compact.code === undefined || typeof compact.map !== 'string') throw new Error(`${file} could not be made compact`)
  await writeFile(file, `${compact.code}\n`)
  await writeFile(`${file}.map`, compact.map)
}
