/** Where results are saved by default. */
export const DEFAULT_NAME = '{model}-{task}-{index}.{ext}'
