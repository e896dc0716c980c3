// A user about to be created, by an administrator or at the first sign-in through a provider.
import { randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { NewUser } from './storage.ts'

/** What is known about a new user; `newUser` adds the rest. */
export type UserFacts = Omit<NewUser, 'sub' | 'pairwiseSalt' | 'createdAt' | 'updatedAt'>

/** Returns a user with these facts and a new random `sub`, which no other user ever has. */
export const newUser = (as: AuthorizationServer, facts: UserFacts): NewUser => ({
  sub: `usr_${randomSecret(16)}`,
  pairwiseSalt: randomSecret(16),
  ...facts,
  createdAt: as.now,
  updatedAt: as.now,
})
