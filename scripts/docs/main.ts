// `pnpm docs:generate`: writes the generated parts of the site: the pages of the models, the tables
// of options and errors, and the API reference. `--check` reports dead links of the built site.
import { parseArgs } from 'node:util'
import { findDeadLinks } from './check-links.ts'
import { writeModelPages } from './models.ts'
import { writeReference } from './reference.ts'
import { writeTables } from './tables.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

if (values.check) {
  const dead = await findDeadLinks()
  dead.forEach((link) => console.error(`Dead link: ${link}`))
  process.exitCode = dead.length > 0 ? 1 : 0
} else {
  const pages = await writeModelPages()
  const { entries, project, problems } = await writeReference()
  await writeTables(project)
  console.log(`${pages} model pages, and the reference of ${entries} entries.`)
  if (problems > 0) {
    console.error(`The API reference has ${problems} problems.`)
    process.exitCode = 1
  }
}
