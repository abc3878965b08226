/** A value in which a Blob or File may stand in place of each URL of a file. */
export type FileOr<Value> = Value extends readonly (infer Item)[]
  ? (Item | Blob)[]
  : Value extends string
    ? Value | Blob
    : Value

/** An object or list with fields of these names that take files, at any depth. */
export type WithFiles<Value, Media extends string> = Value extends readonly (infer Item)[]
  ? WithFiles<Item, Media>[]
  : Value extends object
    ? {
        [Key in keyof Value]: Key extends Media ? FileOr<Value[Key]> : WithFiles<Value[Key], Media>
      }
    : Value
