/** Every rule of the verdict: the version that it calls for, and its case. VERSIONING.md has this table. */
export const RULES = {
  'model-removed': ['major', 'a model is removed'],
  'model-added': ['minor', 'a model is new'],
  'operation-removed': ['major', 'an operation is removed or has another id'],
  'operation-added': ['minor', 'an operation is new'],
  'operation-url': ['major', 'an operation has another method or path'],
  'operation-server': ['minor', 'an operation, or the API, has another server'],
  'operation-arguments': ['major', 'a generated function gains or loses an argument'],
  'body-media-type': ['major', 'a body has another media type'],
  'security-changed': ['major', 'the authentication changes'],
  'security-relaxed': ['minor', 'an operation needs no authentication any more'],
  'resend-changed': ['major', 'an operation is retried in other cases'],
  'request-narrowed': ['major', 'a request refuses a value or type that was valid'],
  'request-widened': ['minor', 'a request accepts one more value or type'],
  'request-field-removed': ['major', 'a field of a request is removed, or becomes `readOnly`'],
  'request-field-added': ['minor', 'a field of a request is new, or is not `readOnly` any more'],
  'request-limit-narrowed': ['major', 'a limit of a request is new or stricter'],
  'request-limit-widened': ['patch', 'a limit of a request is less strict'],
  'descriptor-fact-removed': ['major', 'a descriptor does not state a limit or default any more'],
  'default-changed': ['minor', 'a default is new or another one'],
  'media-narrowed': ['major', 'a field takes fewer files, or states a limit for files no more'],
  'media-widened': ['minor', 'a field takes more files'],
  'response-widened': ['major', 'a value of a response may be missing or has more types'],
  'response-narrowed': ['minor', 'a response promises more'],
  'response-field-removed': ['major', 'a field of a response is removed, or becomes `writeOnly`'],
  'response-field-added': ['minor', 'a field of a response is new, or is not `writeOnly` any more'],
  'response-limit-removed': ['major', 'a response promises a limit or pattern no more'],
  'known-values': ['minor', 'the known values of an open enum change'],
  'component-removed': ['minor', 'a name in `components` is removed'],
  deprecated: ['patch', '`deprecated` is set or removed'],
  'document-changed': ['patch', 'the document changes in a way that no other rule rates'],
  'export-removed': ['major', 'an export of a package is removed'],
  'export-added': ['minor', 'an export of a package is new'],
  'export-changed': ['major', 'an export does not fit programs that use it'],
  'export-extended': ['minor', 'an export fits all programs and offers more'],
  'operation-table': ['major', 'the table of operations differs for the same document'],
  'support-removed': ['major', 'an entry, condition, runtime or range is not supported any more'],
  'support-added': ['minor', 'an entry, condition, runtime or range is supported in addition'],
  'peer-added': ['major', 'a package needs one more peer dependency'],
  'dependency-changed': ['patch', 'a dependency changes'],
} as const satisfies Record<string, readonly ['major' | 'minor' | 'patch', string]>

export type Rule = keyof typeof RULES

/** A step of semantic versioning; `none` means that nothing changed. */
export type Bump = 'none' | 'patch' | 'minor' | 'major'

/** A finding that calls for a version. */
export type Reason = {
  rule: Rule
  bump: Bump
  message: string
  /** Whether it is a change of our code. Its author writes the changeset. */
  isHandWritten?: boolean
}

export const reason = (rule: Rule, message: string): Reason => ({
  rule,
  bump: RULES[rule][0],
  message,
})

export const BUMPS: Bump[] = ['none', 'patch', 'minor', 'major']

export function highest(bumps: Bump[]): Bump {
  return BUMPS.findLast((bump) => bumps.includes(bump)) ?? 'none'
}

/** The items that two versions have in common. */
export function inBoth<Item>(
  before: Map<string, Item>,
  after: Map<string, Item>,
): [key: string, old: Item, now: Item][] {
  return [...before].flatMap(([key, old]): [string, Item, Item][] => {
    const now = after.get(key)
    return now === undefined ? [] : [[key, old, now]]
  })
}

export const byId = <Item extends { id: string }>(items: Item[]): Map<string, Item> =>
  new Map(items.map((item) => [item.id, item]))
