import { basename } from 'node:path'
import { Refusal } from '../../operator/refusal.ts'
import { isObject } from '../json.ts'
import { readEntries, sampleOf } from './input-files.ts'
import { type Members, firstText, ownMember, textOf } from './members.ts'

/**
 * Reads the file with hashes that Auth0's support hands out: the hash by the id of the user
 * (`auth0|` and the object id). It is about 300 bytes a user in memory.
 * @throws Refusal if there is none in it
 */
export async function readAuth0Hashes(path: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>()
  const { format } = await sampleOf(path)
  for await (const entry of readEntries(path, format)) {
    // The lines of people without a password have no hash, and a broken line can be joined to nobody.
    if ('problem' in entry) continue
    const id = auth0ObjectId(entry.members)
    const hash = firstText(entry.members, ['passwordHash', 'password_hash'])
    if (id !== undefined && hash !== undefined) hashes.set(`auth0|${id}`, hash)
  }
  if (hashes.size === 0) {
    throw new Refusal(
      `${basename(path)} is no hash file of Auth0: no line has _id and passwordHash`,
    )
  }
  return hashes
}

/** The MongoDB object id by which the hash file names a user. */
export function auth0ObjectId(members: Members): string | undefined {
  const id = ownMember(members, '_id') ?? ownMember(members, '_ID')
  return isObject(id) ? textOf(id['$oid']) : textOf(id)
}
