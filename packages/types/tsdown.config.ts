import { readdirSync } from 'node:fs'
import { defineConfig } from 'tsdown'

const models = readdirSync('src/generated/models', { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts'),
)

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    ...Object.fromEntries(
      models.map((file) => [`models/${file.slice(0, -3)}`, `src/generated/models/${file}`]),
    ),
  },
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
