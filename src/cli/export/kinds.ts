// The kinds of an export: one file each, and the list of the admin interface that it is made of.
import type { Query } from '../admin-api.ts'

export type Kind = { name: string; path: string; query?: Query }

/** Returns the kinds in the order in which they are exported. Only users can have secrets. */
export const kindsOf = (withHashes: boolean): readonly Kind[] => [
  {
    name: 'users',
    path: '/export/users',
    ...(withHashes ? { query: { hashes: 'true' } } : {}),
  },
  { name: 'provider-links', path: '/export/provider-links' },
  { name: 'consents', path: '/export/consents' },
  { name: 'clients', path: '/clients' },
  { name: 'grants', path: '/export/grants' },
  { name: 'providers', path: '/providers' },
  { name: 'resources', path: '/resources' },
  { name: 'authorization-details-types', path: '/authorization-details-types' },
  { name: 'events', path: '/events' },
]
