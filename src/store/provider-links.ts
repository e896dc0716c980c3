// The links of providers' subjects to users.
import type { LinkBasis, ProviderLink, ProviderLinkStore } from '../core/provider.ts'
import { auditIfChanged } from './audit.ts'
import {
  Conflict,
  numberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Row,
  type Statement,
} from './database.ts'
import { createUser } from './user-changes.ts'

const linkColumns = 'issuer, subject, user_id, email, created_at'

export const openProviderLinks = (database: Database): ProviderLinkStore => ({
  async find(issuer, subject) {
    const row = await database.first(
      statement(
        `SELECT ${linkColumns} FROM provider_links WHERE issuer = ?1 AND subject = ?2`,
        issuer,
        subject,
      ),
    )
    return row === null ? null : linkOf(row)
  },
  async listOfUser(userId) {
    const rows = await database.all(
      statement(
        `SELECT ${linkColumns} FROM provider_links WHERE user_id = ?1 ORDER BY created_at`,
        userId,
      ),
    )
    return rows.map(linkOf)
  },
  async link(link, basis, audit) {
    try {
      const [linked] = await database.batch([insertion(link, basis), auditIfChanged(audit)])
      return linked?.length === 1 ? 'linked' : 'refused'
    } catch (failure) {
      if (failure instanceof Conflict) return 'taken'
      throw failure
    }
  },
  createLinked: (user, link, audit) =>
    createUser(database, user, audit, [
      statement(
        `INSERT INTO provider_links (${linkColumns})
         SELECT ?1, ?2, id, ?3, ?4 FROM users WHERE sub = ?5`,
        link.issuer,
        link.subject,
        link.email,
        link.createdAt,
        user.sub,
      ),
    ]),
  async unlink(link, audit) {
    const key = [link.issuer, link.subject, link.userId] as const
    const results = await database.batch([
      statement(
        `DELETE FROM provider_links WHERE issuer = ?1 AND subject = ?2 AND user_id = ?3
           AND (EXISTS (SELECT 1 FROM users WHERE id = ?3 AND password_hash IS NOT NULL)
             OR EXISTS (SELECT 1 FROM provider_links l JOIN providers p ON p.issuer = l.issuer
               WHERE l.user_id = ?3 AND (l.issuer <> ?1 OR l.subject <> ?2)
                 AND p.disabled_at IS NULL
                 AND COALESCE(json_extract(p.configuration, '$.sign_in'), 1)))`,
        ...key,
      ),
      auditIfChanged(audit),
      statement(
        'SELECT 1 FROM provider_links WHERE issuer = ?1 AND subject = ?2 AND user_id = ?3',
        ...key,
      ),
    ])
    return results.at(-1)?.length === 0 ? 'unlinked' : 'last'
  },
  async end({ issuer, subject, userId }, audit) {
    await database.batch([
      statement(
        'DELETE FROM provider_links WHERE issuer = ?1 AND subject = ?2 AND user_id = ?3',
        issuer,
        subject,
        userId,
      ),
      auditIfChanged(audit),
    ])
  },
})

/** Links of one user at most, so that all of them can be seen at once. */
const mostLinks = 50

/** Selected from the user's own row: a user who is gone or disabled is given no link. */
function insertion(link: ProviderLink, basis: LinkBasis): Statement {
  const [condition, value] =
    'sessionDigest' in basis
      ? [
          `EXISTS (SELECT 1 FROM sessions s WHERE s.digest = ?7 AND s.user_id = u.id
             AND s.ended_at IS NULL)`,
          basis.sessionDigest,
        ]
      : // SQLite's `lower` is of ASCII letters alone.
        ['lower(u.email) = lower(?7) AND u.email_verified = 1', basis.verifiedEmail]
  return statement(
    `INSERT INTO provider_links (${linkColumns})
     SELECT ?1, ?2, u.id, ?4, ?5 FROM users u
     WHERE u.id = ?3 AND u.disabled_at IS NULL AND ${condition}
       AND (SELECT COUNT(*) FROM provider_links WHERE user_id = ?3) < ?6
     RETURNING 1`,
    link.issuer,
    link.subject,
    link.userId,
    link.email,
    link.createdAt,
    mostLinks,
    value,
  )
}

const linkOf = (row: Row): ProviderLink => ({
  issuer: textOf(row, 'issuer'),
  subject: textOf(row, 'subject'),
  userId: numberOf(row, 'user_id'),
  email: optionalTextOf(row, 'email'),
  createdAt: numberOf(row, 'created_at'),
})
