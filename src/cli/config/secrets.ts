// Secrets of a configuration: the file says which environment variable has one, and never has it itself.
import { type JsonObject, isObject, objectsOf, textOf } from '../json.ts'
import type { Kind } from './kinds.ts'
import { type Fault, at } from './schema.ts'

/** The members of a JWK that are private (RFC 7518 6.2.2, 6.3.2, 6.4.1). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The methods by which a client, or Postern at a provider, proves that it knows a secret. */
const secretMethods = ['client_secret_basic', 'client_secret_post']

/** Returns whether an object with these members has a secret. */
export const needsSecret = (members: JsonObject): boolean =>
  secretMethods.includes(textOf(members, 'token_endpoint_auth_method') ?? 'client_secret_basic')

/** Returns the variable that a declared secret names, or undefined. */
export const environmentName = (secret: unknown): string | undefined =>
  isObject(secret) ? textOf(secret, 'env') : undefined

/** Returns what is wrong with the secrets of an object. No text quotes one. */
export function secretFaults(
  kind: Kind,
  object: JsonObject,
  secret: unknown,
  path: string,
): Fault[] {
  const keys = isObject(object['jwks']) ? objectsOf(object['jwks'], 'keys') : []
  const ofKeys = keys.flatMap((key, index) =>
    privateMembers
      .filter((member) => Object.hasOwn(key, member))
      .map((member) => ({
        path: `${path}.jwks.keys[${index}].${member}`,
        detail: 'is a part of a private key, which must not stand in a file',
      })),
  )
  return [...ofKeys, ...faultOfSecret(kind, object, secret, at(path, 'client_secret'))]
}

function faultOfSecret(kind: Kind, object: JsonObject, secret: unknown, path: string): Fault[] {
  const wrong = (detail: string): Fault[] => [{ path, detail }]
  if (secret === undefined) return []
  if (!kind.hasSecret) return wrong('is unknown')
  const name = environmentName(secret)
  const isReference = isObject(secret) && Object.keys(secret).join() === 'env'
  if (!isReference || name === undefined || !/^[A-Za-z_]\w*$/.test(name)) {
    return wrong('must be {"env": "NAME"}, a variable that has it: a file is no place for a secret')
  }
  const method = textOf(object, 'token_endpoint_auth_method')
  return method === undefined || needsSecret(object)
    ? []
    : wrong(`must be absent for the method ${method}`)
}
