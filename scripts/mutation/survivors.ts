/** Mutants that nothing can or should notice, each with the reason. A survivor that is not listed here fails the run. */
export const survivors: { sort: RegExp; at: RegExp; reason: string }[] = []
