// `node build.ts FOLDER FILE CONDITION…`: builds one program, prints its code, and exits with 1 and
// webpack's words when there is a problem. In a process of its own, because webpack does not come
// to an end inside a test runner that runs modules by itself.
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
  // What the repository's own compiler is told does not count.
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
