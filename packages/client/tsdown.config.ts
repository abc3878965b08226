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
  outputOptions: { sourcemapExcludeSources: true },
  external: ['#disk', /^node:/],
})
