// Creating an account by the link or the code of a mail: of a sign-up, or of an invitation.
import { hashPassword } from '../../../crypto/password.ts'
import { once } from '../../../protocol/once.ts'
import * as v from '../../../protocol/schema.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { type PasswordFault, passwordFault } from '../chosen-password.ts'
import { foldLoginName } from '../login-name.ts'
import { type FoundMailAction, completeMailAction, findAnsweredAction } from '../mail/action.ts'
import { newUser } from '../new-user.ts'
import { type ProvedUser, provedBy } from '../sign-in.ts'
import type { NewUser, User } from '../storage.ts'
import { areInvited, chosenNameFault, isSignUpOpen } from './sign-up.ts'

/** What the link of a mail keeps about the account. */
const kept = once(() =>
  v.object({
    /** The screen of the sign-up, which the account leads back to. */
    screen: v.optional(v.string()),
    username: v.nullable(v.string()),
    name: v.optional(v.nullable(v.string())),
    role: v.optional(v.nullable(v.string())),
    scope: v.optional(v.nullable(v.string())),
  }),
)

type KeptFacts = v.InferOutput<ReturnType<typeof kept>>

/** Returns what the link of a sign-up or an invitation keeps. */
export const keptFacts = ({ sealed }: FoundMailAction): KeptFacts =>
  v.parse(kept(), JSON.parse(sealed ?? 'null'))

/** The link that stands for the address, and what its holder has chosen. */
export type ChosenAccount = {
  purpose: 'sign-up' | 'invite'
  token: string
  browserSecret: string
  /** Counts only where people choose a username; else it is that of the invitation, or the address. */
  username: string | undefined
  password: string
  agreesToTerms: boolean
}

/** How the creation of an account ended; `dead` = the link does not count. */
export type AccountOutcome =
  /** `screen` waits for the account in the browser that it was shown in. */
  | { outcome: 'created'; proved: ProvedUser; screen: string | undefined }
  | { outcome: 'refused'; fault: AccountFault }
  | { outcome: 'dead' }

/** Why an account cannot be created. */
export type AccountFault = PasswordFault | 'username' | 'usernameTaken' | 'emailTaken' | 'terms'

/**
 * Creates the account that a link stands for, and uses the link up, in one batch. D1 decides between
 * two accounts of one name or address, and between two uses of one link.
 * @throws temporarily_unavailable; the same form may be sent again
 */
export async function createAccount(
  as: AuthorizationServer,
  { purpose, token, browserSecret, username, password, agreesToTerms }: ChosenAccount,
): Promise<AccountOutcome> {
  const isOpen = purpose === 'invite' ? areInvited(as.settings) : isSignUpOpen(as.settings)
  const found = isOpen ? await findAnsweredAction(as, purpose, token, browserSecret) : null
  if (found === null || found.address === null) return { outcome: 'dead' }
  const { terms, signUpUsername } = as.settings.people
  const chosen = signUpUsername ? username : undefined
  const facts = accountFacts(as, found, found.address, chosen)
  const fault =
    (chosen === undefined ? null : chosenNameFault(chosen)) ??
    (await passwordFault(as, password, facts)) ??
    (terms === null || agreesToTerms ? null : 'terms')
  if (fault !== null) return { outcome: 'refused', fault }
  const user = { ...facts, passwordHash: await hashPassword(as, password) }
  const audit = auditOf(as, purpose === 'invite' ? 'user.joined' : 'user.signed-up')
  let created: User | null = null
  const answer = { secret: token, browserSecret, typed: JSON.stringify([chosen, password]) }
  const outcome = await completeMailAction(as, purpose, answer, async (use) => {
    created = await as.store.signUps.create(use, user, audit)
    return created !== null
  })
  // A second click has typed the same, in the same browser: it is as good as the first.
  if (outcome === 'repeated')
    created = await as.store.users.findByName(foldLoginName(user.username))
  if (created !== null) {
    const { screen } = keptFacts(found)
    return { outcome: 'created', proved: provedBy(created, ['pwd']), screen }
  }
  const taken = await takenName(as, facts)
  return taken === null ? { outcome: 'dead' } : { outcome: 'refused', fault: taken }
}

function accountFacts(
  as: AuthorizationServer,
  found: FoundMailAction,
  address: string,
  username: string | undefined,
): NewUser {
  const { name = null, role = null, scope = null, ...kept } = keptFacts(found)
  const { terms } = as.settings.people
  return newUser(as, {
    username: username ?? kept.username ?? address,
    email: address,
    emailVerified: true,
    name,
    role,
    scope,
    claims: {},
    passwordHash: null,
    disabledAt: null,
    ...(terms === null ? {} : { termsVersion: terms.version, termsAcceptedAt: as.now }),
  })
}

/** Returns which name belongs to somebody else; null = none, so that the link does not count. */
async function takenName(
  as: AuthorizationServer,
  { username, email }: NewUser,
): Promise<'emailTaken' | 'usernameTaken' | null> {
  const isTaken = async (name: string | null) =>
    name !== null && (await as.store.users.findByName(foldLoginName(name))) !== null
  if (await isTaken(email)) return 'emailTaken'
  return (await isTaken(username)) ? 'usernameTaken' : null
}
