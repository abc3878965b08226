/** In the place of `key-variable.ts` in bundles for pages: no key is looked for there, so not even its name is in them. */
export const keyVariable: string | undefined = undefined
