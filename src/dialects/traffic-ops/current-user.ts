// `user/current`: a user in the format of Traffic Ops. Fields that Postern does not have are null,
// as they are in Traffic Ops for a user who never filled them in.
import { hasPassword } from '../../core/people/account.ts'
import type { SessionStanding } from '../../core/people/storage.ts'

const instant = (seconds: number): Date => new Date(Math.floor(seconds) * 1000)

/** Formats an instant as `2018-12-12 16:26:32+00`, the notation up to 4.1. */
const spaced = (seconds: number): string =>
  instant(seconds).toISOString().slice(0, 19).replace('T', ' ') + '+00'

/** Formats an instant as RFC 3339 without a fraction. */
const rfc3339 = (seconds: number): string => `${instant(seconds).toISOString().slice(0, 19)}Z`

/** Returns the members of all versions, in alphabetical order. */
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

/** Returns the `response` member for an API version. */
export function currentUser(standing: SessionStanding, version: string): object {
  const { user, session } = standing
  if (version.startsWith('3.')) {
    return {
      ...facts(standing),
      // Traffic Ops has a number here; roles in Postern have only names.
      role: null,
      roleName: user.role,
      localUser: hasPassword(user),
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
