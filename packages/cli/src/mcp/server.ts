import type { Context } from '../context.ts'
export async function serveMcp(_: Context, _options: object): Promise<void> {}
