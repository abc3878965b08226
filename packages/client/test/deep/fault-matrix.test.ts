import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cells } from '../faults/cells.ts'
import { runMatrix, type Matrix, type Row } from '../faults/matrix.ts'
import { program } from '../faults/runtimes.ts'

/**
 * Over real connections, in a process of its own that has to end by itself. `node
 * test/faults/main.ts` prints it as a table, for any runtime.
 */
describe('whatever goes wrong, no task is bought twice, none is lost, and every failure has a name', () => {
  let matrix: Matrix
  beforeAll(async () => {
    matrix = await runMatrix(
      program([process.execPath], join(import.meta.dirname, '../../dist/index.js')),
    )
  }, 70_000)

  test.each(cells.map((cell, index) => ({ ...cell, index })))(
    '$call: $name',
    ({ index, bought, ends }) => {
      const row: Row | undefined = matrix.rows[index]
      expect(row).toMatchObject({ bought, idKept: true, timers: 0 })
      expect(typeof ends === 'string' ? [ends] : ends).toContain(row?.ends)
    },
  )

  test('nothing is left behind: no rejection that nobody handles', () => {
    expect(matrix.unhandled).toEqual([])
    expect(matrix.rows).toHaveLength(cells.length)
  })
})
