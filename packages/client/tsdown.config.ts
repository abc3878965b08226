import { defineConfig, type UserConfig } from 'tsdown'

const entry = {
  index: 'src/index.ts',
  operations: 'src/operations.ts',
  'store-contract': 'src/store-contract.ts',
}

const shared: UserConfig = {
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  dts: { sourcemap: true },
  deps: { neverBundle: ['#disk', '#file-type', /^node:/] },
}

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    entry: {
      ...entry,
      // The `imports` of package.json lead to these.
      'files/disk': 'src/files/disk.ts',
      'files/no-file-type': 'src/files/no-file-type.ts',
      'files/no-disk': 'src/files/no-disk.ts',
    },
  },
  { ...shared, format: 'cjs', entry },
])
