import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/index.ts',
  format: ['esm', 'cjs'],
  platform: 'neutral',
  external: ['node:crypto'],
  target: 'es2022',
  dts: true,
  sourcemap: true,
})
