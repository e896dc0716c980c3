// JSON that has a schema: claims requests, metadata of clients, rows of imports, queries of the admin
// interface.
import {
  isJsonObject,
  isStorable,
  JsonFault,
  parseJson,
} from '../../../src/protocol/strict-json.ts'
import { readJsonObject } from '../../../src/http/json.ts'
import { readClaimsRequest } from '../../../src/core/tokens/claims-request.ts'
import { readSelfDescription } from '../../../src/core/clients/registration-metadata.ts'
import { readClientDocument } from '../../../src/core/clients/document.ts'
import { clientMetadata, registerMetadata } from '../../../src/core/clients/metadata.ts'
import { detailsSchema, isValidBy } from '../../../src/core/tokens/details-schema.ts'
import { readRows } from '../../../src/admin/import-row.ts'
import { mergePatch } from '../../../src/admin/merge-patch.ts'
import { readBoundCursor, readListRequest } from '../../../src/admin/page.ts'
import { filterOf, userNumbers, usersRequest } from '../../../src/admin/user-filter.ts'
import { userMembers } from '../../../src/admin/user.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import * as v from '../../../src/protocol/schema.ts'
import type { Json } from '../hostile.ts'
import { jsonTarget, jsonTextTarget, promise, refusable, textTarget } from '../target.ts'

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Array.isArray(value) ||
  Object.getPrototypeOf(value) === Object.prototype

const json = jsonTextTarget(
  'json',
  [
    { a: [1, { b: 'c' }], d: null, 'e"f': '\\"' },
    [[[['x']]]],
    { aud: ['a', 'b'], cnf: { jkt: 'x' } },
  ],
  (text) =>
    refusable([JsonFault], () => {
      const value = parseJson(text)
      promise(
        JSON.stringify(value) === JSON.stringify(JSON.parse(text)),
        'reads what JSON says',
        text,
      )
      promise(isPlain(value), 'no prototype of the sender', text)
      const read = readJsonObject(text)
      promise('object' in read || read.faults.length > 0, 'an object or why not', text)
      return `${isJsonObject(value)} ${'object' in read}`
    }),
  { slice: 600 },
)

const claims: Json = {
  userinfo: { email: null, name: { essential: true } },
  id_token: { sub: { value: 'usr_1' }, acr: { essential: true, values: ['urn:postern:acr:2'] } },
}
const claimsRequest = jsonTextTarget('claims-request', [claims], (text) =>
  refusable([OAuthError], () => {
    const read = readClaimsRequest(text)
    promise(
      read.subjects.flat().every((one) => typeof one === 'string'),
      'subjects are texts',
      read,
    )
    return `${read.userinfo.length > 0} ${read.idToken.length > 0} ${read.acr?.isEssential}`
  }),
)

const description: Json = {
  client_name: 'App',
  client_uri: 'https://client.example/',
  redirect_uris: ['https://client.example/cb', 'http://127.0.0.1/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid email',
  contacts: ['a@client.example'],
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), use: 'sig' }] },
  default_acr_values: ['1'],
  default_max_age: 60,
}

const judgeDescription = (value: Json): string => {
  if (!isJsonObject(value)) return 'no object'
  const read = readSelfDescription(value)
  if ('field' in read) return `${read.field.split('.')[0]} ${read.fault.slice(0, 30)}`
  const { metadata } = read
  promise(
    metadata.trusted === false && metadata.introspection === 'own',
    'nobody trusts itself',
    metadata,
  )
  promise(!metadata.grant_types.includes('password'), 'no passwords', metadata)
  const again = readSelfDescription(JSON.parse(JSON.stringify(metadata)))
  promise(!('field' in again), 'what is registered can be registered again', metadata, again)
  return `registered ${metadata.token_endpoint_auth_method}`
}
const registration = jsonTarget('registration', [description], judgeDescription)

const address = 'https://client.example/app.json'
const clientDocument = jsonTarget(
  'client-document',
  [{ ...description, client_id: address, token_endpoint_auth_methods_supported: ['none'] }],
  async (value) => {
    // jsonObjectOf has refused the others.
    if (!isJsonObject(value) || !isStorable(value)) return 'no object'
    const read = await readClientDocument(address, value)
    if ('fault' in read) return read.fault.slice(0, 50)
    promise(read.metadata.token_endpoint_auth_method !== 'client_secret_basic', 'no secret', value)
    promise(isStorable(read.metadata), 'text that can be stored', value)
    return `read ${read.metadata.token_endpoint_auth_method}`
  },
)

const operatorClient = jsonTarget(
  'client-metadata',
  [
    { ...description, trusted: true, tls_client_auth_subject_dn: 'CN=a,O=b', allowed_origins: [] },
    { token_exchange: { clients: ['a'], resources: ['https://a.example/'] }, profile: 'fapi2' },
  ],
  (value) => {
    const parsed = v.safeParse(clientMetadata(), value)
    if (!parsed.success) return v.fieldOf(parsed.issues[0]).split('.')[0] ?? ''
    const registered = registerMetadata(parsed.output)
    return 'metadata' in registered ? 'registered' : `${registered.field} ${registered.fault}`
  },
)

const detailsType: Json = {
  type: 'object',
  properties: {
    amount: {
      type: 'object',
      properties: { value: { type: 'number', minimum: 0 } },
      required: ['value'],
    },
    locations: { type: 'array', items: { type: 'string', maxLength: 100 }, maxItems: 5 },
    kind: { type: 'string', enum: ['a', 'b'] },
  },
  required: ['amount'],
}
const detailsEntry: Json = { amount: { value: 1.5 }, locations: ['https://a.example/'], kind: 'a' }

const details = jsonTarget(
  'details-schema',
  [{ schema: detailsType, entry: detailsEntry }],
  (value) => {
    const whole = isJsonObject(value) ? value : {}
    const parsed = v.safeParse(detailsSchema(), whole['schema'])
    if (!parsed.success) return `no schema: ${parsed.issues[0].message.slice(0, 40)}`
    const isValid = isValidBy(parsed.output, whole['entry'])
    if (isValid) {
      promise(isJsonObject(whole['entry']), 'an entry is an object', whole['entry'])
      promise(isStorable(whole['entry']), 'what a person saw', whole['entry'])
    }
    return String(isValid)
  },
)

const importedRow: Json = {
  line: 1,
  external_id: 'u-1',
  username: 'ada',
  email: 'ada@example.com',
  claims: { department: 'x' },
  password: { hash: '$2b$04$XRW3URjSUE82SlX.1tDM7.7uYxgPXUtz.uuk3Y4TBYOXyUPOpRfyW' },
  totp: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  links: [{ issuer: 'https://idp.example', subject: '7' }],
}
const rows = jsonTextTarget(
  'import-rows',
  [
    importedRow,
    { line: 2, external_id: 'u-2', password: { plain: 'correct horse' }, roles: ['a'] },
  ],
  (text) =>
    refusable([OAuthError], () => {
      const bytes = Buffer.from(`${text}\n${JSON.stringify(importedRow)}\n`)
      const read = readRows(bytes)
      promise(read.rows.length >= 1 || text.includes('\n'), 'a bad line spoils itself alone', text)
      promise(
        read.faults.every(({ field, line }) => field.length <= 200 && Number.isSafeInteger(line)),
        'a report is bounded',
        read.faults,
      )
      promise(isStorable(read.rows), 'text that can be stored', text)
      return `${read.rows.length} ${read.faults[0]?.field.split('.')[0]} ${read.faults[0]?.detail.slice(0, 20)}`
    }),
)

const patch = jsonTarget(
  'merge-patch',
  [{ target: { a: { b: 1 }, c: [1] }, patch: { a: { b: null } } }],
  (value) => {
    const whole = isJsonObject(value) ? value : {}
    const [target, change] = [whole['target'], whole['patch']]
    if (!isJsonObject(target) || !isJsonObject(change)) return 'no objects'
    const merged = mergePatch(target, change)
    const twice = mergePatch(merged, change)
    promise(JSON.stringify(twice) === JSON.stringify(merged), 'RFC 7396: twice is once', value)
    promise(isPlain(merged) && !('polluted' in {}), 'no prototype of the sender', value)
    return 'merged'
  },
)

const query = textTarget(
  'admin-filter',
  [
    'limit=50&q=ad&disabled=true&created_after=1700000000&cursor=abc.AAAAAAAA',
    'username=Ada&email=a%40b.example&role=admin&managed_by=scim&not_signed_in_since=1',
  ],
  async (text) => {
    const address = URL.parse(`https://as.example/admin/v1/users?${text}`)
    if (address === null) return 'no address'
    try {
      const read = readListRequest(new Request(address), usersRequest, userNumbers)
      const filter = filterOf(read)
      promise(read.limit >= 1 && read.limit <= 500, 'pages are bounded', read.limit)
      await readBoundCursor(['users', filter], read.cursor)
      return 'read'
    } catch (thrown) {
      if (thrown instanceof OAuthError && thrown.status < 500) return 'refused'
      throw thrown
    }
  },
)

const user = jsonTarget(
  'user-members',
  [
    {
      username: 'ada',
      email: 'a@b.example',
      claims: { a: 1 },
      scope: 'read',
      role: 'x',
      name: 'Ada',
    },
  ],
  (value) => {
    const parsed = v.safeParse(userMembers(), value)
    return parsed.success ? 'read' : parsed.issues[0].message.slice(0, 40)
  },
)

export const documentTargets = [
  ...[json, claimsRequest, registration, clientDocument, operatorClient, details, rows, patch],
  ...[query, user],
]
