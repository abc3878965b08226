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

/** Options of a query, as from TanStack's `queryOptions`. The key carries the type of the data. */
export type ApikleyQueryOptions<Data, Key extends QueryKey> = Omit<
  UseQueryOptions<Data, ApikleyError, Data, Key>,
  'queryFn'
> & {
  queryKey: DataTag<Key, Data, ApikleyError>
  queryFn?: QueryFunction<Data, Key, never>
}

/** Options of a query that `skipToken` may disable. They do not work with suspense. */
export type ApikleySkippableOptions<Data, Key extends QueryKey> = Omit<
  ApikleyQueryOptions<Data, Key>,
  'queryFn'
> & {
  queryFn?: QueryFunction<Data, Key, never> | SkipToken
}

/** Options of a mutation, as from TanStack's `mutationOptions`. */
export type ApikleyMutationOptions<Data, Variables> = UseMutationOptions<
  Data,
  ApikleyError,
  Variables
> & { mutationKey: MutationKey }
