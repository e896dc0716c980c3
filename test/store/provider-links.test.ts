// Links of subjects at providers to users: which are found, when one may be written, and when the last
// one stays. Each fact is set by hand, so that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { LinkBasis, ProviderLink } from '../../src/core/providers/storage.ts'
import type { SealedMail } from '../../src/core/people/mail/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { resetPassword } from '../../src/crypto/stored-password.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newSession, newUser, now, storeUser } from '../support/records.ts'

const { userAdministration, users, providerLinks, sessions } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const someUser = (facts = {}) => storeUser(userAdministration, { emailVerified: true, ...facts })

const linkOf = ({ id }: User, facts: Partial<ProviderLink> = {}): ProviderLink => ({
  issuer: `https://${randomSecret(8)}.example`,
  subject: randomSecret(8),
  userId: id,
  email: 'theirs@example.com',
  createdAt: now,
  ...facts,
})
const mail = (): SealedMail => ({
  id: randomSecret(16),
  purpose: 'notice',
  userId: null,
  sealed: 'sealed',
  createdAt: now,
  dueAt: now,
})
const addressOf = ({ email }: User): LinkBasis => ({ verifiedEmail: email ?? '' })

const link = (
  of: ProviderLink,
  basis: LinkBasis,
  requestId = 'a request',
  mails: SealedMail[] = [],
) => providerLinks.link(of, basis, audit(requestId), mails)
/** Links subjects, whatever the rules say. */
const linked = (...links: ProviderLink[]) =>
  env.DB.batch(
    links.map(({ issuer, subject, userId, email, createdAt }) =>
      env.DB.prepare(
        `INSERT INTO provider_links (issuer, subject, user_id, email, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5)`,
      ).bind(issuer, subject, userId, email, createdAt),
    ),
  )
const isThere = async ({ issuer, subject }: ProviderLink) =>
  (await providerLinks.find(issuer, subject)) !== null
/** How many events and mails a request left. */
const leftBy = async (requestId: string, mails: SealedMail[] = []) => {
  const events = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  const waiting = 'SELECT 1 FROM mails WHERE id IN (SELECT value FROM json_each(?1))'
  const ids = JSON.stringify(mails.map(({ id }) => id))
  return {
    events: (await env.DB.prepare(events).bind(requestId).all()).results.length,
    mails: (await env.DB.prepare(waiting).bind(ids).all()).results.length,
  }
}

describe('A link', () => {
  it('is found by its issuer and its subject, and by no other', async () => {
    const user = await someUser()
    const own = linkOf(user)
    const [sameIssuer, sameSubject] = [
      linkOf(user, { issuer: own.issuer }),
      linkOf(user, { subject: own.subject }),
    ]
    await linked(sameIssuer, own, sameSubject)
    expect({
      own: await providerLinks.find(own.issuer, own.subject),
      mixed: await providerLinks.find(sameSubject.issuer, sameIssuer.subject),
    }).toEqual({ own, mixed: null })
  })

  it('is listed of its user alone, the oldest first', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const [late, early] = [linkOf(user, { createdAt: now + 1 }), linkOf(user)]
    await linked(late, linkOf(other), early)
    expect(await providerLinks.listOfUser(user.id)).toEqual([early, late])
  })
})

describe('A new link', () => {
  it('is written with its event and its mails, once', async () => {
    const user = await someUser()
    const own = linkOf(user)
    const [first, second] = [randomSecret(), randomSecret()]
    const [told, untold] = [[mail(), mail()], [mail()]]
    expect({
      first: await link(own, addressOf(user), first, told),
      again: await link({ ...own, userId: user.id }, addressOf(user), second, untold),
    }).toEqual({ first: 'linked', again: 'taken' })
    expect({
      links: await providerLinks.listOfUser(user.id),
      first: await leftBy(first, told),
      again: await leftBy(second, untold),
    }).toEqual({ links: [own], first: { events: 1, mails: 2 }, again: { events: 0, mails: 0 } })
  })

  it('is of the user it names alone', async () => {
    const [before, user, after] = [await someUser(), await someUser(), await someUser()]
    await link(linkOf(user), addressOf(user))
    const linksOf = async ({ id }: User) => (await providerLinks.listOfUser(id)).length
    expect({
      before: await linksOf(before),
      user: await linksOf(user),
      after: await linksOf(after),
    }).toEqual({ before: 0, user: 1, after: 0 })
  })

  it.each([
    ['is disabled', 'disabled_at = 1'],
    ['has another address', "email = 'another@example.com'"],
    ['has an address that nobody verified', 'email_verified = 0'],
    ['is gone', 'id = id + 1000000'],
  ])('is refused where the user %s, and leaves nothing', async (_what, columns) => {
    const user = await someUser()
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    const [own, requestId, mails] = [linkOf(user), randomSecret(), [mail()]]
    expect(await link(own, addressOf(user), requestId, mails)).toBe('refused')
    expect({ isThere: await isThere(own), left: await leftBy(requestId, mails) }).toEqual({
      isThere: false,
      left: { events: 0, mails: 0 },
    })
  })

  it('goes by the address in whichever ASCII case', async () => {
    const user = await someUser()
    await run('UPDATE users SET email = upper(email) WHERE id = ?1', user.id)
    expect(await link(linkOf(user), addressOf(user))).toBe('linked')
  })

  it('goes by a session of the user that has not ended, and by no other', async () => {
    const [user, other] = [await someUser({ emailVerified: false }), await someUser()]
    const [own, ended, theirs] = [newSession(user), newSession(user), newSession(other)]
    for (const [of, session] of [
      [user, own] as const,
      [user, ended] as const,
      [other, theirs] as const,
    ]) {
      await sessions.begin(session, { user: of, provedBuckets: [] }, audit())
    }
    await run('UPDATE sessions SET ended_at = 1 WHERE id = ?1', ended.id)
    const by = (sessionDigest: string) => link(linkOf(user), { sessionDigest })
    expect({
      own: await by(own.digest),
      ended: await by(ended.digest),
      theirs: await by(theirs.digest),
      none: await by('none'),
    }).toEqual({ own: 'linked', ended: 'refused', theirs: 'refused', none: 'refused' })
  })

  it('is refused where the user has fifty, whatever others have', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await linked(...Array.from({ length: 49 }, () => linkOf(user)))
    await linked(linkOf(other), linkOf(other))
    expect({
      fiftieth: await link(linkOf(user), addressOf(user)),
      oneMore: await link(linkOf(user), addressOf(user)),
      ofAnother: await link(linkOf(other), addressOf(other)),
    }).toEqual({ fiftieth: 'linked', oneMore: 'refused', ofAnother: 'linked' })
  })

  it('is no other answer where D1 has none', async () => {
    const server = new Server()
    const store = openStore(server.env).providerLinks
    const user = await someUser()
    server.plan(atCall(0, 'fails'))
    const failing = store.link(linkOf(user), addressOf(user), audit(), [])
    await expect(failing).rejects.toMatchObject({ status: 503 })
  })

  it('is made with its user, or neither is', async () => {
    const [made, refused] = [newUser(), newUser()]
    const { userId: _, ...own } = linkOf(await someUser())
    const user = await providerLinks.createLinked(made, own, audit())
    if (user === 'taken') throw new Error('taken')
    expect({
      found: await providerLinks.find(own.issuer, own.subject),
      again: await providerLinks.createLinked(refused, own, audit()),
      refused: await users.findBySub(refused.sub),
    }).toEqual({ found: { ...own, userId: user.id }, again: 'taken', refused: null })
  })
})

describe('A link that is removed', () => {
  /** A user who has no password, and a link of theirs. */
  async function withoutPassword() {
    const user = await someUser()
    await run('UPDATE users SET password_hash = ?1 WHERE id = ?2', resetPassword, user.id)
    const own = linkOf(user)
    await linked(own)
    return { user, own }
  }
  const unlink = (of: ProviderLink, requestId = 'a request', mails: SealedMail[] = []) =>
    providerLinks.unlink(of, audit(requestId), mails)

  it('is gone alone, with an event and mails, once', async () => {
    const user = await someUser()
    const own = linkOf(user)
    const [sameIssuer, sameSubject] = [
      linkOf(user, { issuer: own.issuer }),
      linkOf(user, { subject: own.subject }),
    ]
    await linked(own, sameIssuer, sameSubject)
    const [first, second] = [randomSecret(), randomSecret()]
    const [told, untold] = [[mail()], [mail()]]
    expect({
      first: await unlink(own, first, told),
      again: await unlink(own, second, untold),
    }).toEqual({ first: 'unlinked', again: 'unlinked' })
    expect({
      own: await isThere(own),
      sameIssuer: await isThere(sameIssuer),
      sameSubject: await isThere(sameSubject),
      first: await leftBy(first, told),
      again: await leftBy(second, untold),
    }).toEqual({
      ...{ own: false, sameIssuer: true, sameSubject: true },
      first: { events: 1, mails: 1 },
      again: { events: 0, mails: 0 },
    })
  })

  it('is not another user’s', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const theirs = linkOf(other)
    await linked(theirs)
    await unlink({ ...theirs, userId: user.id })
    await providerLinks.end({ ...theirs, userId: user.id }, audit())
    expect(await isThere(theirs)).toBe(true)
  })

  it('stays where it is the only way in', async () => {
    const { own } = await withoutPassword()
    const [requestId, mails] = [randomSecret(), [mail()]]
    expect(await unlink(own, requestId, mails)).toBe('last')
    expect({ isThere: await isThere(own), left: await leftBy(requestId, mails) }).toEqual({
      isThere: true,
      left: { events: 0, mails: 0 },
    })
  })

  it('goes where there is another link, or a passkey', async () => {
    const [first, second] = [await withoutPassword(), await withoutPassword()]
    const another = linkOf(first.user)
    await linked(another)
    await run(
      `INSERT INTO providers (id, issuer, configuration, created_at, updated_at)
       VALUES (?1, ?2, '{}', 1, 1)`,
      randomSecret(8),
      another.issuer,
    )
    await run(
      `INSERT INTO credentials (id, user_id, kind, public_key, created_at)
       VALUES (?1, ?2, 'passkey', 'a key', 1)`,
      randomSecret(),
      second.user.id,
    )
    expect({
      besideLink: await unlink(first.own),
      besidePasskey: await unlink(second.own),
    }).toEqual({ besideLink: 'unlinked', besidePasskey: 'unlinked' })
  })

  it('by the operator is gone even if it is the last, alone, with an event, once', async () => {
    const { user, own } = await withoutPassword()
    const other = linkOf(user)
    await linked(other)
    const [first, second] = [randomSecret(), randomSecret()]
    await providerLinks.end(own, audit(first))
    await providerLinks.end(own, audit(second))
    expect({
      own: await isThere(own),
      other: await isThere(other),
      events: (await leftBy(first)).events,
      eventsOfAgain: (await leftBy(second)).events,
    }).toEqual({ own: false, other: true, events: 1, eventsOfAgain: 0 })
  })
})
