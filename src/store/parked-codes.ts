// Authorization codes whose sealed facts are too long for a URL.
import type { ParkedCodeStore } from '../core/store.ts'
import { statement, textOf, type Database } from './database.ts'

export const openParkedCodes = (database: Database): ParkedCodeStore => ({
  async park(digest, sealed, expiresAt) {
    await database.all(
      statement(
        'INSERT INTO parked_codes (digest, sealed, expires_at) VALUES (?1, ?2, ?3)',
        digest,
        sealed,
        expiresAt,
      ),
    )
  },
  async find(digest, now) {
    const row = await database.first(
      statement(
        'SELECT sealed FROM parked_codes WHERE digest = ?1 AND expires_at > ?2',
        digest,
        now,
      ),
    )
    return row === null ? null : textOf(row, 'sealed')
  },
})
