// Providers elsewhere, the links of their subjects to users, and browsers on their way there.
import {
  providerConfiguration,
  type Provider,
  type ProviderLink,
  type ProviderLinkStore,
  type ProviderStore,
  type UpstreamStateStore,
} from '../core/provider.ts'
import { auditStatement } from './audit.ts'
import {
  Conflict,
  numberOf,
  optionalNumberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Row,
  type Statement,
} from './database.ts'
import { createUser } from './user-changes.ts'

const columns = `id, configuration, wrapped_client_secret, disabled_at, created_at, updated_at`

/** Providers of one deployment at most that anything looks through. */
const mostEnabled = 100

export const openProviders = (database: Database): ProviderStore => ({
  async create(provider, audit) {
    try {
      await database.batch([insertion(provider), auditStatement(audit)])
      return 'created'
    } catch (failure) {
      if (failure instanceof Conflict) return 'taken'
      throw failure
    }
  },
  async find(id) {
    const row = await database.first(
      statement(`SELECT ${columns} FROM providers WHERE id = ?1`, id),
    )
    return row === null ? null : providerOf(row)
  },
  async listEnabled() {
    const rows = await database.all(
      statement(
        `SELECT ${columns} FROM providers WHERE disabled_at IS NULL ORDER BY id LIMIT ?1`,
        mostEnabled,
      ),
    )
    return rows.map(providerOf)
  },
  async list(limit, cursor) {
    const rows = await database.all(
      statement(
        `SELECT ${columns} FROM providers WHERE id > ?1 ORDER BY id LIMIT ?2`,
        cursor,
        limit + 1,
      ),
    )
    const items = rows.slice(0, limit).map(providerOf)
    const last = items.at(-1)
    return { items, nextCursor: rows.length > limit && last !== undefined ? last.id : null }
  },
  async change(provider, from, audit) {
    const [changed] = await database.batch([
      statement(
        `UPDATE providers SET issuer = ?2, configuration = ?3, wrapped_client_secret = ?4,
           disabled_at = ?5, updated_at = ?6
         WHERE id = ?1 AND updated_at = ?7 RETURNING id`,
        ...valuesOf(provider),
        provider.updatedAt,
        from,
      ),
      auditStatement(audit),
    ])
    return changed?.length === 1
  },
  async delete(id, audit) {
    const [removed] = await database.batch([
      statement('DELETE FROM providers WHERE id = ?1 RETURNING id', id),
      auditStatement(audit),
    ])
    return removed?.length === 1
  },
})

const insertion = (provider: Provider): Statement =>
  statement(
    `INSERT INTO providers (id, issuer, configuration, wrapped_client_secret, disabled_at,
       created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    ...valuesOf(provider),
    provider.createdAt,
    provider.updatedAt,
  )

const valuesOf = (provider: Provider) =>
  [
    provider.id,
    provider.configuration.issuer,
    JSON.stringify(provider.configuration),
    provider.wrappedClientSecret,
    provider.disabledAt,
  ] as const

const providerOf = (row: Row): Provider => ({
  id: textOf(row, 'id'),
  configuration: providerConfiguration.parse(JSON.parse(textOf(row, 'configuration'))),
  wrappedClientSecret: optionalTextOf(row, 'wrapped_client_secret'),
  disabledAt: optionalNumberOf(row, 'disabled_at'),
  createdAt: numberOf(row, 'created_at'),
  updatedAt: numberOf(row, 'updated_at'),
})

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
