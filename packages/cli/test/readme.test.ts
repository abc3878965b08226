import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT_CODES } from '../src/errors.ts'
import { modelFlags } from '../src/model-flags.ts'
import { models, requireModel } from '../src/models.ts'
import { createProgram } from '../src/program.ts'

const path = join(import.meta.dirname, '../README.md')
const program = await createProgram([], { run: async () => {} })

/** `vitest -u` writes the blocks into the README. */
test('the README has the commands, options and exit codes of this version', async () => {
  const usages = program.commands.map((command) => {
    const usage = `${command.name()} ${command.usage()}`.replace(/ ?\[options\]/, '')
    return `- \`${usage}\`: ${command.description()}`
  })
  const meaningsOf = ({ options }: (typeof program.commands)[number]): string[] =>
    options.map(({ flags, description }) => `- \`${flags}\`: ${description}`)
  const options = [...new Set(program.commands.flatMap(meaningsOf))].map((text) => {
    const users = program.commands.filter((command) => meaningsOf(command).includes(text))
    const isCommon = users.length === program.commands.length
    return isCommon ? text : `${text} (${users.map((command) => command.name()).join(', ')})`
  })
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  let text = readFileSync(path, 'utf8')
  for (const [name, lines] of Object.entries({ usages, options, codes })) {
    const region = new RegExp(`(<!-- #region ${name} -->\n)[^]*?(<!-- #endregion ${name} -->)`)
    text = text.replace(region, `$1\n${lines.join('\n')}\n\n$2`)
  }
  await expect(text).toMatchFileSnapshot(path)
})

test('no field of a model has the flag of an option', async () => {
  const taken = program.commands.flatMap(({ options }) => options.map(({ long }) => long))
  const fields = await Promise.all(models.map(async ({ id }) => modelFlags(await requireModel(id))))
  const flags = fields.flat().map(({ long }) => long)
  expect(flags).toContain('--image-url')
  expect(flags.filter((flag) => taken.includes(flag))).toEqual([])
  const spaced = { ' a_b ': { schema: {}, required: false } }
  const [flag] = modelFlags({ ...(await requireModel('ideogram/v3-reframe')), fields: spaced })
  expect(flag?.long).toBe('--a-b')
})

test.each(program.commands.map((command) => [command.name(), command] as const))(
  'the help of %s names its flags and fits into 80 columns',
  (_, command) => {
    const help = command.helpInformation()
    command.options.forEach(({ long }) => expect(help).toContain(long))
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
)
