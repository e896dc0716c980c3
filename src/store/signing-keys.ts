// Signing and encryption keys; UNIQUE (alg, generation) decides which of two isolates made one.
import type { StoredKey } from '../core/records.ts'
import type { SigningKeyStore } from '../core/store.ts'
import { auditIfChanged } from './audit.ts'
import {
  numberOf,
  optionalNumberOf,
  statement,
  textOf,
  type Database,
  type Row,
} from './database.ts'

export function openSigningKeys(database: Database): SigningKeyStore {
  return {
    async list(now) {
      const rows = await database.all(
        statement(
          `SELECT kid, use, alg, generation, public_jwk, wrapped_private_key, created_at, active_at,
             expires_at, withdrawn_at FROM signing_keys
           WHERE expires_at IS NULL OR expires_at > ?1 OR withdrawn_at IS NOT NULL
           ORDER BY alg, generation DESC`,
          now,
        ),
      )
      return rows.map(keyOf)
    },
    async add(keys, audit) {
      const insertions = keys.map((key) =>
        statement(`${insertion('?4')} ON CONFLICT DO NOTHING`, ...valuesOf(key)),
      )
      await database.batch([...insertions, ...(audit === undefined ? [] : [auditIfChanged(audit)])])
    },
    async withdraw({ kid, alg, generation }, successor, audit) {
      const now = audit.at
      await database.batch([
        statement(
          `UPDATE signing_keys SET withdrawn_at = ?2, expires_at = MIN(COALESCE(expires_at, ?2), ?2)
           WHERE kid = ?1 AND withdrawn_at IS NULL`,
          kid,
          now,
        ),
        auditIfChanged(audit),
        // It was in use if it was active and no newer key was; then its successor is in use at once.
        // Of two withdrawals one sets `withdrawn_at`, and that one makes the successor.
        statement(
          `${insertion(`(SELECT MAX(generation) + 1 FROM signing_keys WHERE alg = ?3)`)}
           AND EXISTS (SELECT 1 FROM signing_keys WHERE kid = ?10 AND active_at <= ?11
             AND withdrawn_at = ?11)
           AND NOT EXISTS (SELECT 1 FROM signing_keys WHERE alg = ?12 AND generation > ?13
             AND active_at <= ?11 AND expires_at IS NULL)`,
          ...valuesOf(successor),
          kid,
          now,
          alg,
          generation,
        ),
      ])
    },
    async retire(kid, expiresAt) {
      await database.all(
        statement(
          'UPDATE signing_keys SET expires_at = ?2 WHERE kid = ?1 AND expires_at IS NULL',
          kid,
          expiresAt,
        ),
      )
    },
    async longestAccessTokenLifetime() {
      const row = await database.first(
        statement('SELECT MAX(access_token_lifetime) AS longest FROM clients'),
      )
      return row === null ? 0 : (optionalNumberOf(row, 'longest') ?? 0)
    },
  }
}

/** `generation`: SQL. Conditions may follow. */
const insertion = (generation: string): string =>
  `INSERT INTO signing_keys (kid, use, alg, generation, public_jwk, wrapped_private_key,
     created_at, active_at, expires_at)
   SELECT ?1, ?2, ?3, ${generation}, ?5, ?6, ?7, ?8, ?9 WHERE ?4 IS NOT NULL`

const valuesOf = (key: StoredKey) =>
  [
    key.kid,
    key.use,
    key.alg,
    key.generation,
    key.publicJwk,
    key.wrappedPrivateKey,
    key.createdAt,
    key.activeAt,
    key.expiresAt,
  ] as const

const keyOf = (row: Row): StoredKey => ({
  kid: textOf(row, 'kid'),
  use: textOf(row, 'use') === 'enc' ? 'enc' : 'sig',
  alg: textOf(row, 'alg'),
  generation: numberOf(row, 'generation'),
  publicJwk: textOf(row, 'public_jwk'),
  wrappedPrivateKey: textOf(row, 'wrapped_private_key'),
  createdAt: numberOf(row, 'created_at'),
  activeAt: numberOf(row, 'active_at'),
  expiresAt: optionalNumberOf(row, 'expires_at'),
  withdrawnAt: optionalNumberOf(row, 'withdrawn_at'),
})
