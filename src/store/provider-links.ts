// The links of providers' subjects to users, and browsers on their way to a provider.
import type { ProviderLink, ProviderLinkStore, UpstreamStateStore } from '../core/provider.ts'
import { auditIfChanged } from './audit.ts'
import {
  Conflict,
  numberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Row,
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
      statement(`SELECT ${linkColumns} FROM provider_links WHERE user_id = ?1 LIMIT 100`, userId),
    )
    return rows.map(linkOf)
  },
  async link(link, verifiedEmail, audit) {
    try {
      // Selected from the user's own row: a user who is gone or disabled is given no link.
      const [linked] = await database.batch([
        statement(
          `INSERT INTO provider_links (${linkColumns})
           SELECT ?1, ?2, id, ?4, ?5 FROM users WHERE id = ?3 AND disabled_at IS NULL
             AND (?6 IS NULL OR (email = ?6 AND email_verified = 1))
           RETURNING 1`,
          link.issuer,
          link.subject,
          link.userId,
          link.email,
          link.createdAt,
          verifiedEmail,
        ),
        auditIfChanged(audit),
      ])
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
  async unlink(issuer, userId, audit) {
    const results = await database.batch([
      statement(
        `DELETE FROM provider_links WHERE issuer = ?1 AND user_id = ?2
           AND (EXISTS (SELECT 1 FROM users WHERE id = ?2 AND password_hash IS NOT NULL)
             OR EXISTS (SELECT 1 FROM provider_links WHERE issuer <> ?1 AND user_id = ?2))`,
        issuer,
        userId,
      ),
      auditIfChanged(audit),
      statement('SELECT 1 FROM provider_links WHERE issuer = ?1 AND user_id = ?2', issuer, userId),
    ])
    return results.at(-1)?.length === 0 ? 'unlinked' : 'last'
  },
})

const linkOf = (row: Row): ProviderLink => ({
  issuer: textOf(row, 'issuer'),
  subject: textOf(row, 'subject'),
  userId: numberOf(row, 'user_id'),
  email: optionalTextOf(row, 'email'),
  createdAt: numberOf(row, 'created_at'),
})

export const openUpstreamStates = (database: Database): UpstreamStateStore => ({
  async put(state) {
    await database.all(
      statement(
        `INSERT INTO upstream_states (digest, browser_digest, provider_id, sealed, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5)`,
        state.digest,
        state.browserDigest,
        state.providerId,
        state.sealed,
        state.expiresAt,
      ),
    )
  },
  async consume(digest, browserDigest, now) {
    const row = await database.first(
      statement(
        `UPDATE upstream_states SET consumed_at = ?3
         WHERE digest = ?1 AND browser_digest = ?2 AND consumed_at IS NULL AND expires_at > ?3
         RETURNING digest, browser_digest, provider_id, sealed, expires_at`,
        digest,
        browserDigest,
        now,
      ),
    )
    if (row === null) return null
    return {
      digest: textOf(row, 'digest'),
      browserDigest: textOf(row, 'browser_digest'),
      providerId: textOf(row, 'provider_id'),
      sealed: textOf(row, 'sealed'),
      expiresAt: numberOf(row, 'expires_at'),
    }
  },
})
