// `node build.ts FOLDER FILE CONDITION…` builds one program and prints its code. It exits with 1 and
// webpack's message when the build fails. It has its own process, because webpack never ends inside
// vitest.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import webpack from 'webpack'

const [folder = '', file = '', ...conditions] = process.argv.slice(2)
const compiler = webpack({
  context: folder,
  entry: `./${file}`,
  mode: 'production',
  target: conditions.includes('browser') ? 'web' : 'node',
  output: { path: join(folder, 'webpack'), filename: 'built.js' },
  // Ignore the tsconfig of this repository.
  resolve: { conditionNames: [...conditions, 'import', 'require', 'default'], tsconfig: false },
})
compiler?.run((error, stats) => {
  const problems = error?.message ?? stats?.toString({ all: false, errors: true, warnings: true })
  if (problems) {
    console.error(problems)
    process.exitCode = 1
  } else {
    console.log(readFileSync(join(folder, 'webpack/built.js'), 'utf8'))
  }
})
