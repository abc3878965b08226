import { readdirSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { defineConfig } from 'tsdown'
import { parse } from 'yaml'

const document = '../../specs/openapi.yaml'

const models = readdirSync('src/generated/models', { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts'),
)

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    models: 'src/models.ts',
    ...Object.fromEntries(
      models.map((file) => [`models/${file.slice(0, -3)}`, `src/generated/models/${file}`]),
    ),
  },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  onSuccess: async () => {
    await copyFile(document, 'openapi.yaml')
    await writeFile('openapi.json', JSON.stringify(parse(await readFile(document, 'utf8'))))
  },
})
