// Signing and encryption keys; UNIQUE (alg, generation) decides which of two isolates made one.
import type { StoredKey } from '../core/records.ts'
import type { SigningKeyStore } from '../core/store.ts'
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
             expires_at FROM signing_keys WHERE expires_at IS NULL OR expires_at > ?1
           ORDER BY alg, generation DESC`,
          now,
        ),
      )
      return rows.map(keyOf)
    },
    async add(keys) {
      await database.batch(keys.map(insertion))
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

const insertion = (key: StoredKey) =>
  statement(
    `INSERT INTO signing_keys (kid, use, alg, generation, public_jwk, wrapped_private_key,
       created_at, active_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     ON CONFLICT DO NOTHING`,
    key.kid,
    key.use,
    key.alg,
    key.generation,
    key.publicJwk,
    key.wrappedPrivateKey,
    key.createdAt,
    key.activeAt,
    key.expiresAt,
  )

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
})
