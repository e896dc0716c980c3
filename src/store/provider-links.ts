// Links from the subjects of providers to users.
import { getTableColumns, type SQL } from 'drizzle-orm'
import type { LinkBasis, ProviderLink, ProviderLinkStore } from '../core/providers/storage.ts'
import { auditIfChanged } from './audit.ts'
import { Conflict, type Database } from './database.ts'
import { mailsIfNoted } from './mails.ts'
import { providerLinks as links, sessions, users } from './schema/people.ts'
import { type Statement, insertInto, prepared, selection, sql, statement } from './sql.ts'
import { createUser } from './user-changes.ts'
import { hasAnotherLink, hasPasskey, hasPassword } from './ways-in.ts'

/** A link as it is read. */
export const wholeLink = selection(getTableColumns(links))

const linkOfSubject = prepared<{ issuer: string; subject: string }>(
  ({ issuer, subject }) => sql`
    SELECT ${wholeLink.columns} FROM ${links}
    WHERE ${links.issuer} = ${issuer} AND ${links.subject} = ${subject}`,
)

/** Selects the links of a user, oldest first. */
export const linksOfUser = (userId: number): Statement =>
  statement(sql`SELECT ${wholeLink.columns} FROM ${links}
    WHERE ${links.userId} = ${userId} ORDER BY ${links.createdAt}`)

/** Opens the links from subjects of providers to users. */
export const openProviderLinks = (database: Database): ProviderLinkStore => ({
  async find(issuer, subject) {
    const row = await database.first(linkOfSubject({ issuer, subject }))
    return row === null ? null : wholeLink.read(row)
  },
  async listOfUser(userId) {
    const rows = await database.all(linksOfUser(userId))
    return rows.map(wholeLink.read)
  },
  async link(link, basis, audit, mails) {
    try {
      const [linked] = await database.batch([
        linking(link, basis),
        auditIfChanged(audit),
        ...mailsIfNoted(mails),
      ])
      return linked?.length === 1 ? 'linked' : 'refused'
    } catch (failure) {
      if (failure instanceof Conflict) return 'taken'
      throw failure
    }
  },
  createLinked: (user, link, audit) =>
    createUser(database, user, audit, [
      statement(sql`
        ${insertInto(links, { ...link, userId: sql`${users.id}` })}
        FROM ${users} WHERE ${users.sub} = ${user.sub}`),
    ]),
  async unlink(link, audit, mails) {
    const results = await database.batch([
      statement(sql`
        DELETE FROM ${links}
        WHERE ${isLink(link)} AND (${hasPassword(link.userId)} OR ${hasAnotherLink(link)}
          OR ${hasPasskey(link.userId)})`),
      auditIfChanged(audit),
      ...mailsIfNoted(mails),
      statement(sql`SELECT 1 FROM ${links} WHERE ${isLink(link)}`),
    ])
    return results.at(-1)?.length === 0 ? 'unlinked' : 'last'
  },
  async end(link, audit) {
    await database.batch([
      statement(sql`DELETE FROM ${links} WHERE ${isLink(link)}`),
      auditIfChanged(audit),
    ])
  },
})

const isLink = ({ issuer, subject, userId }: ProviderLink): SQL =>
  sql`${links.issuer} = ${issuer} AND ${links.subject} = ${subject} AND ${links.userId} = ${userId}`

/** The most links of one user, so that one page shows all of them. */
const mostLinks = 50

/** Selected from the user's own row: a deleted or disabled user gets no link. */
const linking = (link: ProviderLink, basis: LinkBasis): Statement =>
  statement(sql`
    ${insertInto(links, { ...link, userId: sql`${users.id}` })}
    FROM ${users}
    WHERE ${users.id} = ${link.userId} AND ${users.disabledAt} IS NULL AND ${holds(basis)}
      AND (SELECT COUNT(*) FROM ${links} WHERE ${links.userId} = ${link.userId}) < ${mostLinks}
    RETURNING 1`)

/** Whether the basis of a link is true of the user. SQLite's `lower` folds ASCII letters only. */
const holds = (basis: LinkBasis): SQL =>
  'sessionDigest' in basis
    ? sql`EXISTS (
        SELECT 1 FROM ${sessions}
        WHERE ${sessions.digest} = ${basis.sessionDigest} AND ${sessions.userId} = ${users.id}
          AND ${sessions.endedAt} IS NULL)`
    : sql`lower(${users.email}) = lower(${basis.verifiedEmail}) AND ${users.emailVerified} = 1`
