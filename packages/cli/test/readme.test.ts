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
  const commands = program.commands.map((command) => {
    const usage = `${command.name()} ${command.usage()}`.replace(/ ?\[options\]/, '')
    return [`\`${usage}\``, command.description()]
  })
  const options = new Map<string, { text: string; commands: string[] }>()
  for (const command of program.commands) {
    for (const { flags, description: text } of command.options) {
      const known = options.get(flags) ?? { text, commands: [] }
      options.set(flags, { text, commands: [...known.commands, command.name()] })
    }
  }
  const rows = Array.from(options, ([flags, { text, commands }]) => {
    const isCommon = commands.length === program.commands.length
    return [`\`${flags}\``, text, isCommon ? 'all' : commands.join(', ')]
  })
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => [`\`${code}\``, meaning])
  const blocks = {
    commands: `${table('command', 'what it does')(commands)}\n\n${table('option', 'meaning', 'commands')(rows)}`,
    'exit-codes': table('code', 'meaning')(codes),
  }
  let text = readFileSync(path, 'utf8')
  for (const [name, block] of Object.entries(blocks)) {
    const region = new RegExp(`(<!-- #region ${name} -->\n)[^]*?(<!-- #endregion ${name} -->)`)
    text = text.replace(region, `$1\n${block}\n\n$2`)
  }
  await expect(text).toMatchFileSnapshot(path)
})

const table =
  (...head: string[]) =>
  (rows: readonly string[][]): string => {
    const widths = head.map((name, column) =>
      Math.max(name.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
    )
    const line = widths.map((width) => '-'.repeat(width))
    return [head, line, ...rows]
      .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n')
  }

test('no field of a model has the flag of an option', async () => {
  const taken = program.commands.flatMap(({ options }) => options.map(({ long }) => long))
  const fields = await Promise.all(models.map(async ({ id }) => modelFlags(await requireModel(id))))
  const flags = fields.flat().map(({ long }) => long)
  expect(flags).toContain('--image-url')
  expect(flags.filter((flag) => taken.includes(flag))).toEqual([])
})

test.each(program.commands.map((command) => [command.name(), command] as const))(
  'the help of %s names its flags and fits into 80 columns',
  (_, command) => {
    const help = command.helpInformation()
    command.options.forEach(({ long }) => expect(help).toContain(long))
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  },
)
