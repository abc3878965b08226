import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    operations: 'src/operations.ts',
    'files/disk': 'src/files/disk.ts',
    'files/no-disk': 'src/files/no-disk.ts',
  },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  // Small, but with names, so that a stack says where it was; the source is in the map, and the docstrings in the declarations.
  minify: { compress: true, mangle: { toplevel: false, keepNames: true }, codegen: { removeWhitespace: false } },
  outputOptions: { comments: { jsdoc: false, annotation: true, legal: true } },
  deps: {
    neverBundle: ['#disk', /^node:/],
    // In the package, with its licence: as a dependency it takes ten times the room, and its CommonJS cannot be imported as a default from ours.
    alwaysBundle: ['openapi-fetch', 'openapi-typescript-helpers'],
    onlyBundle: ['openapi-fetch', 'openapi-typescript-helpers'],
  },
  copy: [{ from: 'node_modules/openapi-fetch/LICENSE', to: 'dist', rename: 'LICENSE-openapi-fetch' }],
})
