import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/main.ts',
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  target: 'node20',
  dts: false,
  sourcemap: true,
})
