import { describe, expect, it } from 'vitest'
import { people, read } from './rows.ts'

const hashConfig = JSON.stringify({
  signer_key:
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  salt_separator: 'Bw==',
  rounds: 8,
  mem_cost: 14,
})
const consoleText = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
`
const text = `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==`

const ada = {
  localId: 'U1a2b3c4d5e6f7g8h9i0j1k2l3m4',
  email: 'ada@example.com',
  emailVerified: true,
  passwordHash:
    'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  salt: '42xEC+ixf3L2lw==',
  displayName: 'Ada Lovelace',
  lastSignedInAt: '1700000100000',
  createdAt: '1700000000999',
  disabled: true,
  customAttributes: '{"plan":"gold","admin":true}',
  providerUserInfo: [
    { providerId: 'google.com', rawId: '1142', email: 'ada@gmail.com', displayName: 'Ada' },
  ],
}
const adaRow = {
  line: 1,
  external_id: 'U1a2b3c4d5e6f7g8h9i0j1k2l3m4',
  email: 'ada@example.com',
  email_verified: true,
  name: 'Ada Lovelace',
  disabled: true,
  created_at: 1700000000,
  claims: { plan: 'gold' },
  password: { hash: text },
  links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
}
const options = {
  claims: ['plan'],
  links: { 'google.com': 'https://accounts.google.com' },
}
const document = (...users: unknown[]) => JSON.stringify({ users }, null, 2)

/** A line of the CSV: 28 cells and a comma behind the last. */
const csvLine = (cells: Record<number, string>) =>
  `${Array.from({ length: 28 }, (_, index) => cells[index] ?? '').join(',')},\n`
const bob = { 0: 'bobLocalId', 1: 'bob@example.com', 2: 'false', 23: '1700000000000', 26: 'false' }

describe('firebase', () => {
  it('reads JSON: custom claims in a string, times in milliseconds as text', async () => {
    const { rows, source } = await read({ 'users.json': document(ada) }, { ...options, hashConfig })
    expect({ source, rows }).toEqual({
      source: 'firebase',
      rows: [{ file: 'users.json', line: 1, person: adaRow }],
    })
  })

  it.each([
    ['{"plan":"\\u0000"}', 'nul'],
    ['{"plan":"\\udc00"}', 'surrogate'],
    ['{"plan":{"__proto__":1}}', 'proto'],
  ])('O27: the JSON in the string is not trusted either: %s', async (customAttributes, code) => {
    const { rows } = await read(
      { users: document({ ...ada, customAttributes }, ada) },
      { ...options, hashConfig },
    )
    expect(rows).toMatchObject([
      { line: 1, error: { field: '', code } },
      { line: 2, person: {} },
    ])
  })

  it('reads the parameters as the console shows them', async () => {
    const [person] = await people(document(ada), { hashConfig: consoleText })
    expect(person?.password).toEqual({ hash: text })
  })

  it('asks for the parameters if there are hashes, and not if there are none', async () => {
    const asks = /^the passwords of Firebase need its hash parameters: .* name it by --hash-config$/
    await expect(people(document(ada))).rejects.toThrow(asks)
    await expect(people(csvLine({ ...bob, 3: 'aGFzaA==', 4: 'c2FsdA==' }))).rejects.toThrow(asks)
    expect(await people(document({ localId: 'x', email: 'x@example.com' }))).toEqual([
      { line: 1, external_id: 'x', email: 'x@example.com', password: { reset: true } },
    ])
  })

  it.each([
    ['{"signer_key": "a"}', '--hash-config: signer_key and salt_separator must be base64'],
    [hashConfig.replace('14', '99'), '--hash-config: rounds must be 1 to 8, and mem_cost 1 to 14'],
    ['nothing', '--hash-config: signer_key and salt_separator must be base64'],
  ])('refuses %s', async (config, message) => {
    await expect(people(document(ada), { hashConfig: config })).rejects.toThrow(message)
  })

  it('skips who signs in by phone or is anonymous, and gives federated users no password', async () => {
    const { rows } = await read({
      users: document(
        { localId: 'a', phoneNumber: '+15551234' },
        { localId: 'b' },
        { ...ada, passwordHash: undefined, salt: undefined },
      ),
    })
    expect(rows.slice(0, 2)).toEqual([
      { file: 'users', line: 1, skipped: 'no_email_or_username' },
      { file: 'users', line: 2, skipped: 'no_email_or_username' },
    ])
    expect(rows[2]).not.toHaveProperty('person.password')
  })

  it('reads CSV by the place of the columns, with claims in doubled quotes', async () => {
    const line = csvLine({
      ...{ 0: ada.localId, 1: ada.email, 2: 'true', 3: ada.passwordHash, 4: ada.salt },
      ...{
        5: 'Ada Lovelace',
        6: 'https://a.example/p.png',
        7: '1142',
        8: 'ada@gmail.com',
        9: 'Ada',
      },
      ...{ 11: 'fb', 15: 'tw', 19: 'gh', 23: '1700000000999', 24: '1700000100000', 25: '+1' },
      ...{ 26: 'true', 27: '"{""plan"":""gold"",""admin"":true}"' },
    })
    const { rows, source } = await read({ 'users.csv': line }, { ...options, hashConfig })
    expect({ source, rows }).toEqual({
      source: 'firebase',
      rows: [
        {
          file: 'users.csv',
          line: 1,
          person: adaRow,
          unnamed: ['facebook.com', 'twitter.com', 'github.com'],
        },
      ],
    })
  })

  it.each([
    ['"Lovelace, Ada"', 'Lovelace, Ada'],
    ['"Ada "the first", Countess"', 'Ada "the first", Countess'],
    ['"Ada", "Countess"', 'Ada", "Countess'],
    ['"Ada" Lovelace', '"Ada" Lovelace'],
    ['Ada 5" Lovelace', 'Ada 5" Lovelace'],
    ['Ada\nLovelace', 'Ada Lovelace'],
    ['"Lovelace,\nAda"', 'Lovelace, Ada'],
  ])('CSV that quotes nothing but a comma: the name %s', async (cell, name) => {
    const names = { 5: cell, 9: cell, 7: '1142', 27: '"{""plan"":""a,b""}"' }
    const [first, second] = await people(csvLine({ ...bob, ...names }) + csvLine(bob), {
      claims: ['plan'],
    })
    expect({ first: { name: first?.name, claims: first?.claims }, second: second?.email }).toEqual({
      first: { name, claims: { plan: 'a,b' } },
      second: 'bob@example.com',
    })
  })

  it('CSV: a line with fewer cells is a row error, and the next is read', async () => {
    const { rows } = await read({
      users: `${csvLine(bob)}cutId,cut@example.com,true,,\n${csvLine(bob)}`,
    })
    expect(rows.map((row) => ('person' in row ? row.line : row))).toEqual([
      1,
      {
        file: 'users',
        line: 2,
        error: { field: '', code: 'not_csv', detail: 'does not have the 28 cells of Firebase' },
      },
      3,
    ])
  })
})
