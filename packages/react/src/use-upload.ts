'use client'

import { ApikleyError, type UploadedFile, type UploadProgress } from '@apikley/client'
import { useEffect, useState } from 'react'
import { useApikley } from './provider.ts'

/** A file, and how far its upload is. */
export type UploadItem = {
  readonly id: string
  readonly file: File | Blob
  /** A URL for `src`. It is revoked when the file is removed and when the component unmounts. */
  readonly previewUrl: string
  readonly progress: UploadProgress
} & (
  | { readonly status: 'uploading' }
  /** `uploaded` can be a field of an input, in place of the file. */
  | { readonly status: 'success'; readonly uploaded: UploadedFile }
  /** After `abort`, the kind is `aborted`. */
  | { readonly status: 'error'; readonly error: ApikleyError }
)
