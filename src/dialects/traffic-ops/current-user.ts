// `user/current`: the user as Traffic Ops describes one. What Postern does not know is null, as it
// is there for a user who never filled it in.
import type { SessionStanding } from '../../core/people/storage.ts'

const instant = (seconds: number): Date => new Date(Math.floor(seconds) * 1000)

/** `2018-12-12 16:26:32+00`, the notation up to 4.1. */
const spaced = (seconds: number): string =>
  instant(seconds).toISOString().slice(0, 19).replace('T', ' ') + '+00'

/** RFC 3339 without a fraction. */
const rfc3339 = (seconds: number): string => `${instant(seconds).toISOString().slice(0, 19)}Z`

/** What every version has in common, in the order of names. */
const facts = ({ user }: SessionStanding) => ({
  username: user.username,
  addressLine1: null,
  addressLine2: null,
  city: null,
  company: null,
  country: null,
  email: user.email,
  fullName: user.name ?? user.username,
  gid: null,
  id: user.id,
  newUser: false,
  phoneNumber: null,
  postalCode: null,
  publicSshKey: null,
  stateOrProvince: null,
  tenant: null,
  tenantId: null,
  uid: null,
})

/** The `response` member for an API version. */
export function currentUser(standing: SessionStanding, version: string): object {
  const { user, session } = standing
  if (version.startsWith('3.')) {
    return {
      ...facts(standing),
      // A number there; the roles here have names alone.
      role: null,
      roleName: user.role,
      localUser: user.passwordHash !== null,
      lastUpdated: spaced(user.updatedAt),
    }
  }
  return {
    ...facts(standing),
    role: user.role,
    changeLogCount: 0,
    lastAuthenticated: rfc3339(session.authTime),
    lastUpdated: version.startsWith('4.') ? spaced(user.updatedAt) : rfc3339(user.updatedAt),
    registrationSent: null,
    ucdn: '',
  }
}
