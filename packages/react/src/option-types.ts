import type { ApikleyError } from '@apikley/client'
import type {
  DataTag,
  MutationKey,
  QueryFunction,
  QueryKey,
  SkipToken,
  UseMutationOptions,
  UseQueryOptions,
} from '@tanstack/react-query'

/**
 * Options of a query, as TanStack's `queryOptions` gives them: the key carries the type of its
 * data.
 */
export type ApikleyQueryOptions<Data, Key extends QueryKey> = Omit<
  UseQueryOptions<Data, ApikleyError, Data, Key>,
  'queryFn'
> & {
  queryKey: DataTag<Key, Data, ApikleyError>
  queryFn?: QueryFunction<Data, Key, never>
}

/**
 * The same of a query that may have to wait until it is known what to ask. It cannot be suspended.
 */
export type ApikleySkippableOptions<Data, Key extends QueryKey> = Omit<
  ApikleyQueryOptions<Data, Key>,
  'queryFn'
> & {
  queryFn?: QueryFunction<Data, Key, never> | SkipToken
}

/** Options of a mutation, as TanStack's `mutationOptions` gives them. */
export type ApikleyMutationOptions<Data, Variables> = UseMutationOptions<
  Data,
  ApikleyError,
  Variables
> & { mutationKey: MutationKey }
