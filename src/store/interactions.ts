// Screens that wait for an answer: bound to a browser, consumed by one conditional UPDATE.
import type { Answer } from '../core/records.ts'
import type { InteractionStore } from '../core/store.ts'
import {
  numberOf,
  optionalNumberOf,
  statement,
  textOf,
  type Database,
  type Statement,
} from './database.ts'

export function openInteractions(database: Database): InteractionStore {
  return {
    async create(interaction) {
      await database.all(
        statement(
          `INSERT INTO interactions (digest, browser_digest, request, created_at, expires_at)
           VALUES (?1, ?2, ?3, ?4, ?5)`,
          interaction.digest,
          interaction.browserDigest,
          interaction.request,
          interaction.createdAt,
          interaction.expiresAt,
        ),
      )
    },
    async find(digest, browserDigest) {
      const row = await database.first(
        statement(
          `SELECT digest, browser_digest, request, created_at, expires_at, consumed_at
           FROM interactions WHERE digest = ?1 AND browser_digest = ?2`,
          digest,
          browserDigest,
        ),
      )
      if (row === null) return null
      return {
        digest: textOf(row, 'digest'),
        browserDigest: textOf(row, 'browser_digest'),
        request: textOf(row, 'request'),
        createdAt: numberOf(row, 'created_at'),
        expiresAt: numberOf(row, 'expires_at'),
        consumedAt: optionalNumberOf(row, 'consumed_at'),
      }
    },
    async consume(answer) {
      return (await database.all(consumption(answer))).length === 1
    },
  }
}

/**
 * The statement that decides which of two answers counts. What else its batch writes must ask for
 * the row's `operation`: a batch goes on after an UPDATE that matched nothing.
 */
export const consumption = (answer: Answer): Statement =>
  statement(
    `UPDATE interactions SET consumed_at = ?4, operation = ?3
     WHERE digest = ?1 AND browser_digest = ?2 AND consumed_at IS NULL AND expires_at > ?4
     RETURNING digest`,
    answer.digest,
    answer.browserDigest,
    answer.operation,
    answer.now,
  )
