// The parameters of Firebase's scrypt, which belong to the project and stand in no file of users.
import { Refusal } from '../../operator/refusal.ts'
import { isObject } from '../json.ts'
import { fromBase64 } from './hash-text.ts'
import { parseJson, textOf } from './members.ts'

export type FirebaseParameters = {
  signerKey: string
  saltSeparator: string
  rounds: number
  memoryCost: number
}

/**
 * Parses the parameters: JSON with `signer_key`, `salt_separator`, `rounds` and `mem_cost`, or the text
 * that the Firebase console shows (`hash_config { … }`), whose names begin with `base64_`.
 * @throws Refusal if one is missing or out of range
 */
export function parseFirebaseParameters(text: string): FirebaseParameters {
  const json = parseJson(text)
  const values = isObject(json) ? new Map(Object.entries(json)) : consoleText(text)
  const find = (name: string) => textOf(values.get(name) ?? values.get(`base64_${name}`))
  const signerKey = find('signer_key')
  const saltSeparator = find('salt_separator')
  const rounds = Number(find('rounds'))
  const memoryCost = Number(find('mem_cost'))
  if (!isBase64(signerKey) || !isBase64(saltSeparator)) {
    throw new Refusal('--hash-config: signer_key and salt_separator must be base64')
  }
  if (!within(rounds, 1, 8) || !within(memoryCost, 1, 14)) {
    throw new Refusal('--hash-config: rounds must be 1 to 8, and mem_cost 1 to 14')
  }
  return { signerKey, saltSeparator, rounds, memoryCost }
}

const consoleText = (text: string) =>
  new Map(
    [...text.matchAll(/\b(\w+)\s*:\s*"?([^\s",]+)/g)].map(([, name = '', value]) => [name, value]),
  )

const isBase64 = (text: string | undefined): text is string =>
  text !== undefined && fromBase64(text) !== undefined

const within = (value: number, least: number, most: number) =>
  Number.isInteger(value) && value >= least && value <= most
