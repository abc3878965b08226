/** What may stand for the URL of a file: its bytes, or the result of an upload. */
export type MediaFile =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | Response
  | { readonly url: string; readonly size: number; readonly mimeType: string }
  /** A file of a picker in React Native. */
  | {
      readonly uri: string
      readonly name?: string | null | undefined
      readonly type?: string | null | undefined
    }

/** A value in which a file may stand in place of each URL of a file. */
export type FileOr<Value> = Value extends readonly (infer Item)[]
  ? (Item | MediaFile)[]
  : Value extends string
    ? Value | MediaFile
    : Value

/** An object or list with fields of these names that take files, at any depth. */
export type WithFiles<Value, Media extends string> = Value extends readonly (infer Item)[]
  ? WithFiles<Item, Media>[]
  : Value extends object
    ? {
        [Key in keyof Value]: Key extends Media ? FileOr<Value[Key]> : WithFiles<Value[Key], Media>
      }
    : Value
