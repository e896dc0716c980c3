// The operation that invites somebody to create an account.
import { invite } from '../core/people/sign-up/invitation.ts'
import { areInvited } from '../core/people/sign-up/sign-up.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { languages } from '../pages/language.ts'
import { mailableAddress } from '../protocol/mail-address.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { requireReach } from './administrators.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { Problem } from './problem.ts'
import { resetAnswer } from './user-reset.ts'
import { email, line, scope, username } from './user.ts'
import { takenNames } from './users.ts'

/** An invitation as it is sent. */
export const invitation = once(() =>
  v.strictObject({
    email: v.pipe(
      email(),
      v.check((text) => mailableAddress(text) !== null, 'cannot be sent mail'),
    ),
    username: v.nullish(username()),
    name: v.nullish(line(200)),
    role: v.nullish(line(100)),
    scope: v.nullish(scope()),
    language: v.pipe(v.optional(v.picklist(languages)), v.description('of the mail')),
  }),
)

const invitationAnswer = once(() =>
  v.object({
    ...resetAnswer().entries,
    mailed: v.pipe(
      v.boolean(),
      v.description('whether the link is on its way; else give it to the person'),
    ),
  }),
)

/** The operation on invitations. */
export const invitationOperations: readonly Operation[] = [
  {
    id: 'invite',
    method: 'POST',
    path: '/admin/v1/invitations',
    summary:
      'Invites somebody to create an account by a link that counts once, for 7 days, and mails it where' +
      ' MAIL is set. The next invitation to the same address ends this one.',
    body: invitation,
    success: { status: 201, body: invitationAnswer },
    refusals: [...bodyRefusals, 409],
    respond,
  },
]

async function respond(context: FaceContext): Promise<Response> {
  const { as } = context.env
  if (!areInvited(as.settings)) throw new Problem(409, 'SIGN_UP is off')
  const sent = readAs(invitation, await readObject(context.req.raw))
  requireReach(as, sent.role ?? null)
  const invited = await invite(as, {
    email: sent.email,
    username: sent.username ?? null,
    name: sent.name ?? null,
    role: sent.role ?? null,
    scope: sent.scope ?? null,
    language: sent.language ?? 'en',
  })
  if ('taken' in invited) throw takenNames(invited)
  const { link, expiresAt, isMailed } = invited
  const answer = { link, expires_at: Math.floor(expiresAt), mailed: isMailed }
  return context.json(answer, 201, noStore)
}
