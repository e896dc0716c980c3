// A user about to be created, whoever creates one.
import { randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { NewUser } from './storage.ts'

/** What is known about the user; the rest is made here. */
export type UserFacts = Omit<NewUser, 'sub' | 'pairwiseSalt' | 'createdAt' | 'updatedAt'>

/** Returns a user of these facts under a `sub` that no user ever had. */
export const newUser = (as: AuthorizationServer, facts: UserFacts): NewUser => ({
  sub: `usr_${randomSecret(16)}`,
  pairwiseSalt: randomSecret(16),
  ...facts,
  createdAt: as.now,
  updatedAt: as.now,
})
