// The links of providers' subjects to users, and browsers on their way to a provider.
import type { ProviderLink, ProviderLinkStore, UpstreamStateStore } from '../core/provider.ts'
import { auditStatement } from './audit.ts'
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
  async link(link, audit) {
    try {
      await database.batch([
        statement(
          `INSERT INTO provider_links (${linkColumns}) VALUES (?1, ?2, ?3, ?4, ?5)`,
          link.issuer,
          link.subject,
          link.userId,
          link.email,
          link.createdAt,
        ),
        auditStatement(audit),
      ])
      return 'linked'
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
    await database.batch([
      statement('DELETE FROM provider_links WHERE issuer = ?1 AND user_id = ?2', issuer, userId),
      auditStatement(audit),
    ])
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
