/**
 * Mutants that nothing can or should notice, each with the reason. A survivor that is not listed
 * here fails the run.
 */
export const survivors: { sort: RegExp; at: RegExp; reason: string }[] = [
  {
    sort: /^(minLength|minimum|maximum) removed/,
    at: /^#\/components\/schemas\/(CreatedTask|TaskDetails)\//,
    reason:
      'A limit of an answer binds the service. The mock sends its examples as they are, and types have no limits.',
  },
  {
    sort: /^minLength removed/,
    at: /recordInfo\/get\/parameters/,
    reason: 'The mock refuses an empty parameter that is required, with the limit or without.',
  },
  {
    sort: /^enum value added/,
    at: /Request\/properties\/model\/enum$/,
    reason:
      'Which model a request is for is said by the mapping of the discriminator; the enum repeats it.',
  },
  {
    sort: /^known value "(waiting|queuing|generating)" dropped/,
    at: /TaskDetails\/properties\/state\/x-extensible-enum$/,
    reason:
      'Only the states that end a task are told apart; every other one goes on, whether a document knows it or not.',
  },
]
