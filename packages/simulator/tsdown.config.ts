import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { index: 'src/index.ts', command: 'src/command.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  fixedExtension: false,
  target: 'es2022',
  dts: true,
  sourcemap: true,
})
