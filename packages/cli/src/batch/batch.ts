import type { Context } from '../context.ts'
export async function runBatch(_: Context, _inputs: string, _options: object): Promise<void> {}
