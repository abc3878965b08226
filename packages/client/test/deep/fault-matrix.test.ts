import { beforeAll, describe, expect, test } from 'vitest'
import { cellsOf, runMatrix, type Matrix } from '../faults/matrix.ts'
import { WAYS } from '../faults/proxies.ts'
import { runtimeOf } from '../faults/runtimes.ts'

/**
 * Each cell uses real connections. The client runs in its own process, which has to end by itself.
 * `pnpm test:nightly` runs the matrix in every runtime.
 */
describe.each(WAYS)(
  'with %s, a fault charges at most one task, loses none, and ends in a named error',
  (way) => {
    let matrix: Matrix
    beforeAll(async () => {
      matrix = await runMatrix(way, runtimeOf([process.execPath]))
    }, 70_000)

    test.each(cellsOf(way).map((cell, index) => ({ ...cell, index })))(
      '$call: $name',
      ({ index, charged, ends }) => {
        const row = matrix.rows[index]
        expect(row).toMatchObject({ charged, idKept: true, timers: 0 })
        expect([ends].flat()).toContain(row?.ends)
        expect(row?.passed).toBe(true)
      },
    )

    test('every cell has a report, and no rejection is unhandled', () => {
      expect(matrix.unhandled).toEqual([])
      expect(matrix.rows).toHaveLength(cellsOf(way).length)
    })
  },
)
