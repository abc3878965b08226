/**
 * Replaces `disk.ts` on platforms without a disk. It imports nothing: bundlers wrap what a module
 * imports that is loaded at run time.
 */
export const writeToDisk: undefined = undefined
