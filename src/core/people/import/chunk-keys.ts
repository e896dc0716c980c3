// What the rows of a chunk can collide with, as storage is asked for it and as a dry run claims it.
import { foldLoginName, loginNamesOf, looksLikeSubject } from '../login-name.ts'
import type { LinkKey } from '../storage.ts'
import type { ChunkKeys, ImportRow } from './storage.ts'

/** Writes a link as text, without two links that share one. */
export const linkText = ({ issuer, subject }: LinkKey): string => `${issuer} ${subject}`

/** What a row of a dry run takes, as it is stored. */
export const claimOf = {
  externalId: (externalId: string): string => `external_id/${externalId}`,
  name: (foldedName: string): string => `name/${foldedName}`,
  /** One that looks like ours: any other is a name. */
  subject: (sub: string): string => `sub/${sub}`,
  link: (link: LinkKey): string => `link/${linkText(link)}`,
}

/** Returns the username of a new user: the row's, else the e-mail address, else one of the external id. */
export const usernameOf = ({ username, email, externalId }: ImportRow): string =>
  username ?? email ?? `user-${externalId}`

/** Returns everything that is looked up for the rows of a chunk. */
export function chunkKeysOf(rows: readonly ImportRow[]): ChunkKeys {
  const externalIds = [...new Set(rows.map(({ externalId }) => externalId))]
  const names = [...new Set(rows.flatMap(possibleNames))]
  const links = rows.flatMap((row) => row.links)
  const subjects = rows.flatMap(({ sub }) =>
    sub !== undefined && looksLikeSubject(sub) ? [sub] : [],
  )
  return {
    externalIds,
    names,
    subjects,
    links,
    claims: [
      ...externalIds.map(claimOf.externalId),
      ...names.map(claimOf.name),
      ...subjects.map(claimOf.subject),
      ...links.map(claimOf.link),
    ],
  }
}

const possibleNames = (row: ImportRow): string[] => {
  const { sub, email = null } = row
  const own = loginNamesOf({ sub: sub ?? '', username: usernameOf(row), email })
  return sub === undefined ? own.filter((name) => name !== foldLoginName('')) : own
}
