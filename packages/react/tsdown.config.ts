import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/index.ts',
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  // A file for each module, so that 'use client' stands over the hooks and not over the option
  // factories, which servers use as well.
  unbundle: true,
  inputOptions: { checks: { moduleLevelDirective: false } },
})
