import { build, type OutputFile } from 'esbuild'

/**
 * What a page gets from a bundler that splits code: the files that it loads at once, and those that
 * it loads when they are needed.
 */
export type Page = { atOnce: OutputFile[]; onDemand: OutputFile[] }

/**
 * @param resolveDir the folder in which the code stands
 * @param external names of packages that are not bundled
 */
export async function bundleForPage(
  code: string,
  resolveDir: string,
  minify: boolean,
  external: string[] = [],
): Promise<Page> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir },
    absWorkingDir: resolveDir,
    bundle: true,
    minify,
    external,
    splitting: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Packages as they are published, whatever the configuration around them.
    tsconfigRaw: {},
  })
  const { outputs } = metafile
  const first = new Set(
    Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === '<stdin>'),
  )
  // A set also gives what it gets on the way.
  for (const path of first) {
    for (const { path: next, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && next in outputs) {
        first.add(next)
      }
    }
  }
  const isFirst = ({ path }: OutputFile): boolean => [...first].some((name) => path.endsWith(name))
  return {
    atOnce: outputFiles.filter(isFirst),
    onDemand: outputFiles.filter((file) => !isFirst(file)),
  }
}
