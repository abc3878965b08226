import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/index.ts',
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  // Small, but with names, so that a stack says where it was; the source is in the map, and the
  // docstrings in the declarations.
  minify: {
    compress: true,
    mangle: { toplevel: false, keepNames: true },
    codegen: { removeWhitespace: false },
  },
  outputOptions: { comments: { jsdoc: false, annotation: true, legal: true } },
})
