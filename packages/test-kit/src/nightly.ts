/** The nightly run repeats the random tests more often, and covers more setups. */
export const isNightly: boolean = process.env.NIGHTLY === '1'
