import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHARGED_VERDICTS, type VerdictRow } from '../../packages/client/src/http/classify.ts'
import { repository } from '../release/packages.ts'

const meaning: Record<VerdictRow['then'], string> = {
  refused: 'refused, not charged: an error of its kind',
  resend: 'refused for the moment: sent again',
  unconfirmed: '`unconfirmed`',
  'unexpected-response': '`unexpected-response`',
}

function line({ status, code, then }: VerdictRow): string {
  const list = (numbers: string | readonly number[]): string =>
    typeof numbers === 'string' ? numbers : numbers.join(', ')
  return `| ${list(status ?? 'any')} | ${code === undefined ? 'any or none' : code === 'any' ? 'any other' : list(code)} | ${meaning[then]} |`
}

test('the README prints the table that decides', async () => {
  const readme = await readFile(join(repository, 'packages/client/README.md'), 'utf8')
  const [, printed = ''] = /<!-- submission -->\n(.*?)\n<!-- \/submission -->/s.exec(readme) ?? []
  const rows = printed
    .split('\n')
    .filter((row) => row.startsWith('|'))
    .slice(2)
  expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual(CHARGED_VERDICTS.map(line))
})
