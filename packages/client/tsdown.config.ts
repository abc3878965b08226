import { defineConfig, type UserConfig } from 'tsdown'

const shared: UserConfig = {
  platform: 'neutral',
  target: 'es2022',
  // Of what others can import.
  dts: { entry: ['src/index.ts', 'src/operations.ts'] },
  sourcemap: true,
  // Small, but with names, so that a stack says where it was; the source is in the map, and the
  // docstrings in the declarations.
  minify: {
    compress: true,
    mangle: { toplevel: false, keepNames: true },
    codegen: { removeWhitespace: false },
  },
  outputOptions: { comments: { jsdoc: false, annotation: true, legal: true } },
  copy: [
    { from: 'node_modules/openapi-fetch/LICENSE', to: 'dist', rename: 'LICENSE-openapi-fetch' },
  ],
}

// In the package, with its licence: as a dependency it takes ten times the room, and its CommonJS
// cannot be imported as a default from ours.
const bundled = ['openapi-fetch', 'openapi-typescript-helpers']

const entry = { index: 'src/index.ts', operations: 'src/operations.ts' }

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    // What the entries and their parts have in common, in one file in place of many small ones:
    // each takes Node 2 ms. An error alone stays alone.
    outputOptions: {
      ...shared.outputOptions,
      codeSplitting: {
        groups: [
          {
            name: 'shared',
            test: /openapi-fetch.+js$|src.(client|errors|events|logger|options|runtime|transport.(abort|api|limiter)|tasks.(task|watch|history|check-history|next-poll))\.ts$/,
          },
        ],
      },
    },
    entry: {
      ...entry,
      page: 'src/page.ts',
      // Loaded by `import()`, from CommonJS as well.
      'files/disk': 'src/files/disk.ts',
      'files/no-disk': 'src/files/no-disk.ts',
      'files/upload-progress': 'src/files/upload-progress.ts',
    },
    deps: { neverBundle: ['#disk', /^node:/], alwaysBundle: bundled, onlyBundle: bundled },
  },
  {
    ...shared,
    format: 'cjs',
    entry,
    // Nobody takes a part of CommonJS alone.
    outputOptions: {
      ...shared.outputOptions,
      codeSplitting: {
        groups: [{ name: 'client', test: /openapi-fetch.+js$|src.(?!.+\.d\.ts).+\.ts$/ }],
      },
    },
    deps: { neverBundle: ['#disk', /^node:/], alwaysBundle: bundled, onlyBundle: bundled },
  },
])
