// Files of other systems: every source, from the bytes to the rows that are sent.
import { csvHeader, readCsv } from '../../../src/cli/sources/csv-records.ts'
import { readFirebaseCsv } from '../../../src/cli/sources/firebase-csv.ts'
import { parseFirebaseParameters } from '../../../src/cli/sources/hash-config.ts'
import { readJsonDocument } from '../../../src/cli/sources/json-document.ts'
import { readLdif } from '../../../src/cli/sources/ldif-entries.ts'
import { readJsonLines } from '../../../src/cli/sources/lines.ts'
import { parseMap } from '../../../src/cli/sources/member-map.ts'
import { rowOf } from '../../../src/cli/sources/person.ts'
import type { Context, Entry } from '../../../src/cli/sources/source.ts'
import { sources } from '../../../src/cli/sources/sources.ts'
import { Refusal } from '../../../src/operator/refusal.ts'
import { readRows } from '../../../src/admin/import-row.ts'
import { isStorable } from '../../../src/protocol/strict-json.ts'
import type { Json } from '../hostile.ts'
import { type Target, jsonTarget, promise, refusable, textTarget } from '../target.ts'

const context: Context = {
  now: 1_767_225_600,
  hashes: new Map([
    [
      'auth0|5f7c8ec7c33c6c004bbafe82',
      '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    ],
  ]),
  firebase: { signerKey: 'AAAA', saltSeparator: 'Bw==', rounds: 8, memoryCost: 14 },
  pepper: 'pepper',
}
const options = {
  map: {},
  claims: ['plan', 'a.b'],
  links: { google: 'https://accounts.google.com' },
  keepSub: false,
}

/** Pieces of 7 bytes: what is cut within a character or a line must be the same. */
async function* piecesOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collected(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const all: Entry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

type Reader = (bytes: AsyncIterable<Buffer>) => AsyncIterable<Entry>

/** Reads a file in one piece and, where it is short, in small ones: the entries are the same. */
async function entriesOf(reader: Reader, text: string): Promise<Entry[]> {
  const bytes = Buffer.from(text)
  const whole = await collected(reader(piecesOf(bytes, Math.max(bytes.length, 1))))
  if (bytes.length < 2_000) {
    const pieces = await collected(reader(piecesOf(bytes, 7)))
    promise(JSON.stringify(pieces) === JSON.stringify(whole), 'read in pieces as in one', text)
  }
  for (const [index, entry] of whole.entries()) {
    const { line: before = 0 } = whole[index - 1] ?? {}
    promise(entry.line >= before && Number.isSafeInteger(entry.line), 'lines go on', entry.line)
  }
  return whole
}

const file = (name: string, reader: Reader, seeds: readonly string[]): Target =>
  textTarget(
    name,
    seeds,
    async (text) => {
      if (!text.isWellFormed()) return 'no text'
      const entries = await entriesOf(reader, text)
      const problems = entries.flatMap((entry) => ('problem' in entry ? entry.problem.code : []))
      for (const entry of entries)
        for (const source of sources) rowOf(entry, source, context, options)
      return `${Math.min(entries.length, 3)} ${problems[0]}`
    },
    { slice: 150 },
  )

const person = {
  ...{
    user_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
    id: 'u-1',
    email: 'ada@example.com',
    email_verified: true,
  },
  ...{ username: 'ada', name: 'Ada', blocked: false, created_at: '2020-10-06T15:36:23.528Z' },
  ...{
    app_metadata: { plan: 'gold' },
    password: 'pbkdf2_sha256$26000$salt$RbifAHLNTY5ug0D5dV+AtCMv0VpXF2f4GbjPo+ScMA8=',
  },
}
const line = JSON.stringify(person)

const files = [
  file('json-lines', readJsonLines, [`${line}\n${line}\n`, `\ufeff${line}\r\n\r\n${line}`]),
  file('json-document', (bytes) => readJsonDocument(bytes), [
    `[${line}, ${line}]`,
    JSON.stringify({ realm: 'a', users: [person], Users: [] }),
  ]),
  file('csv', readCsv, [
    'id,email,"full ""name""",password\n1,a@b.example,"A\nB",$2b$04$x\n2,c@d.example,NULL,\\N\n',
    "'Id;'Email\n'auth0|1;'a@b.example\n",
  ]),
  file('firebase-csv', readFirebaseCsv, [
    `u1,a@b.example,true,aGFzaA==,c2FsdA==,Ada${','.repeat(22)}\n`,
  ]),
  file('ldif', readLdif, [
    'version: 1\n\ndn: uid=ada,dc=example\nuid: ada\nmail: ada@example.com\ncn:: QWRh\nuserPassword:: e1NTSEF9\ndescription: a\n folded\n',
    '# c\ndn:: dWlkPWE=\nobjectClass: person\njpegPhoto:< file:///etc/passwd\n',
  ]),
]

const keycloak: Json = {
  ...{
    id: 'k-1',
    username: 'ada',
    email: 'ada@example.com',
    enabled: true,
    createdTimestamp: 1_600_000_000_000,
  },
  credentials: [
    {
      type: 'password',
      secretData: '{"value":"MfPES715RQShtZyHGFpVwA==","salt":"AYz3z31EncB97JUfB8h8aQ=="}',
      credentialData:
        '{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}',
    },
    {
      type: 'otp',
      secretData: '{"value":"12345678901234567890"}',
      credentialData: '{"subType":"totp","digits":6,"period":30,"algorithm":"HmacSHA1"}',
    },
  ],
  federatedIdentities: [{ identityProvider: 'google', userId: '7' }],
  attributes: { plan: ['gold'] },
  requiredActions: ['UPDATE_PASSWORD'],
}
const others: Json[] = [
  {
    ...person,
    identities: [{ user_id: '7', provider: 'google-oauth2', connection: 'google', isSocial: true }],
  },
  {
    ...person,
    custom_password_hash: {
      algorithm: 'pbkdf2',
      hash: { value: '$pbkdf2-sha256$i=1000,l=32$AYz3$x' },
      password: { encoding: 'utf8' },
    },
  },
  {
    localId: 'f',
    email: 'a@b.example',
    passwordHash: 'aGFzaA==',
    salt: 'c2FsdA==',
    providerUserInfo: [{ providerId: 'google.com', rawId: '7' }],
    mfaInfo: [],
  },
  {
    id: 'user_1',
    username: 'a',
    primary_email_address: 'a@b.example',
    password_digest: '$2a$10$x',
    password_hasher: 'bcrypt',
    totp_secret: 'GEZDGNBVGY3TQOJQ',
  },
  {
    active: true,
    id: 'x',
    encryptionScheme: 'bcrypt',
    factor: 10,
    password: 'x',
    salt: 'y',
    username: 'a',
    registrations: [],
    twoFactor: { methods: [{ secret: 'AAAA', method: 'authenticator' }] },
  },
  {
    id: 'o',
    status: 'ACTIVE',
    profile: { login: 'a@b.example', email: 'a@b.example' },
    credentials: {
      password: { hash: { algorithm: 'BCRYPT', workFactor: 10, salt: 'x', value: 'y' } },
    },
  },
  { 'cognito:username': 'a', email: 'a@b.example', email_verified: 'true', sub: 'c' },
  {
    ID: '1',
    user_login: 'a',
    user_email: 'a@b.example',
    user_pass: '$P$6dKL/E.57Z0DOghY2E3Yy1Vqd6Tw.T0',
  },
  {
    Id: '1',
    UserName: 'a',
    Email: 'a@b.example',
    EmailConfirmed: 1,
    PasswordHash: 'AQAAAAEAACcQ',
    LockoutEnd: null,
  },
  {
    uid: ['ada'],
    mail: ['ada@example.com'],
    cn: ['Ada'],
    userpassword: ['{SSHA}x'],
    createtimestamp: ['20200101000000Z'],
  },
  {
    id: 1,
    encrypted_password: '$2a$12$x',
    email: 'a@b.example',
    raw_app_meta_data: '{"provider":"google"}',
    raw_user_meta_data: {},
  },
]

/** Whatever an entry is: a source says what it lost, and its rows are ones that the worker can judge. */
const sourceRows = jsonTarget(
  'source-rows',
  [person, keycloak, ...others],
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no entry'
    const outcomes = sources.map((source) => {
      const row = rowOf({ line: 1, members: value }, source, context, options)
      if ('error' in row) return 'error'
      if ('skipped' in row) return 'skipped'
      const text = JSON.stringify(row.person)
      promise(isStorable(row.person), 'text that can be stored', text)
      const { rows, faults } = readRows(Buffer.from(text))
      promise(rows.length + faults.length > 0, 'the worker judges it', text)
      return rows.length === 1 ? 'row' : `fault in ${faults[0]?.field.split('.')[0]}`
    })
    return [...new Set(outcomes)].sort().join(', ')
  },
  { slice: 100 },
)

const hashConfig = textTarget(
  'hash-config',
  [
    '{"signer_key":"jxspr8Ki0RYycVU8zykbdA==","salt_separator":"Bw==","rounds":8,"mem_cost":14}',
    'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: jxspr8Ki,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}',
  ],
  (text) =>
    refusable([Refusal], () => {
      const { rounds, memoryCost } = parseFirebaseParameters(text)
      promise(rounds <= 8 && memoryCost <= 14, 'within bounds', rounds, memoryCost)
      return 'read'
    }),
)

const map = textTarget('map', ['username=login,email=mail', 'name=a.b.c'], (text) =>
  refusable([Refusal], () => `${Object.keys(parseMap(text)).length} names`),
)

const header = textTarget('csv-header', ['id,"full ""name""";x', '\ta\tb'], (text) =>
  String(Math.min(csvHeader(text).length, 4)),
)

export const importTargets = [...files, sourceRows, hashConfig, map, header]
