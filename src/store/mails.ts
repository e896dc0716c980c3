// Mails that wait to be sent, and the counts of their limits.
import type { MailStore, SealedMail } from '../core/people/mail/storage.ts'
import { auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { mailCounts, mails } from './schema/mail.ts'
import {
  type Statement,
  excluded,
  insertInto,
  selection,
  set,
  sql,
  statement,
  text,
  number,
} from './sql.ts'

/** Stores a mail, in the batch of its reason. */
export const mailInsertion = (mail: SealedMail): Statement => statement(insertInto(mails, mail))

/** Stores mails about a change if the statement before, which inserts the event, inserted it. */
export const mailsIfNoted = (waiting: readonly SealedMail[]): Statement[] =>
  // An insertion of no row is none: so the first decides for those after it, too.
  waiting.map((mail) => statement(sql`${insertInto(mails, mail)} WHERE changes() > 0`))

const taken = selection({
  id: mails.id,
  sealed: mails.sealed,
  purpose: mails.purpose,
  userId: mails.userId,
  tries: mails.tries,
  createdAt: mails.createdAt,
  dueAt: mails.dueAt,
})

/** One limit of the list that a statement gets as JSON. */
const limit = {
  bucket: text(sql`one.value ->> 'bucket'`).sql,
  most: number(sql`one.value ->> 'most'`).sql,
  window: number(sql`one.value ->> 'window'`).sql,
}

/** Opens the mails that wait. */
export const openMails = (database: Database): MailStore => ({
  async admit(limits, now) {
    const list = JSON.stringify(limits)
    const { bucket, count, expiresAt } = mailCounts
    // What expires later than two windows from now was counted before the clock was set back.
    const isOver = sql`(${expiresAt} <= ${now}
      OR ${expiresAt} > ${now} + 2 * (SELECT ${limit.window} FROM json_each(${list}) AS one
        WHERE ${limit.bucket} = ${bucket}))`
    // The counts of all limits in one statement: a refused mail uses up nothing, and of requests made at
    // once D1 lets as many through as there are left.
    const rows = await database.all(
      statement(sql`${insertInto(mailCounts, {
        bucket: limit.bucket,
        count: 1,
        expiresAt: sql`${now} + ${limit.window}`,
      })}
      FROM json_each(${list}) AS one WHERE NOT EXISTS (
        SELECT 1 FROM json_each(${list}) AS one JOIN ${mailCounts} ON ${bucket} = ${limit.bucket}
        WHERE NOT ${isOver} AND ${count} >= ${limit.most})
      ON CONFLICT (bucket) DO UPDATE ${set(mailCounts, {
        count: sql`CASE WHEN ${isOver} THEN 1 ELSE ${count} + 1 END`,
        expiresAt: sql`CASE WHEN ${isOver} THEN ${excluded(expiresAt)} ELSE ${expiresAt} END`,
      })} RETURNING 1`),
    )
    return rows.length > 0
  },
  async take(now, pauses, most) {
    const pause = sql`(SELECT one.value FROM json_each(${JSON.stringify(pauses)}) AS one
      WHERE one.key = MIN(${mails.tries}, ${pauses.length - 1}))`
    const rows = await database.all(
      statement(sql`UPDATE ${mails} ${set(mails, {
        tries: sql`${mails.tries} + 1`,
        dueAt: sql`${now} + ${pause}`,
      })} WHERE ${mails.id} IN (
        SELECT ${mails.id} FROM ${mails} WHERE ${mails.dueAt} <= ${now}
        ORDER BY ${mails.tries}, ${mails.dueAt} LIMIT ${most})
      RETURNING ${taken.columns}`),
    )
    return rows.map(taken.read)
  },
  async remove(id, audit) {
    await database.batch([
      ...(audit === undefined ? [] : [auditStatement(audit)]),
      statement(sql`DELETE FROM ${mails} WHERE ${mails.id} = ${id}`),
    ])
  },
})
