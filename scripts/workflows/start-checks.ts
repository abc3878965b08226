// `node scripts/workflows/start-checks.ts BRANCH`: starts the checks of a pushed branch.
import { repository } from '../release/packages.ts'
import { startChecks } from './github.ts'

const [branch = ''] = process.argv.slice(2)
await startChecks(repository, branch)
console.log(`The checks of ${branch} have started.`)
