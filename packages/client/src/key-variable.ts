/** The environment variable that the key is taken from, where there is an environment. */
export const keyVariable: string | undefined = 'APIKLEY_API_KEY'
