// The list of the commonest passwords in KV: text with one password a line, in lower case. The operator
// puts it there; nothing in the worker writes it.
import type { CommonPasswords } from '../core/people/chosen-password.ts'
import { orMiss } from './kv.ts'

/** The key of the list. */
const key = 'common-passwords'

/** Seconds for which the place that has read the list need not read it again. */
const cacheTtl = 3_600

/** Opens the list. */
export const openCommonPasswords = (kv: KVNamespace): CommonPasswords => ({
  async has(foldedPassword) {
    const list = await orMiss(kv.get(key, { type: 'text', cacheTtl }))
    return list !== null && `\n${list.replaceAll('\r', '')}\n`.includes(`\n${foldedPassword}\n`)
  },
})
