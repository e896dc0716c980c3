import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { jsonLines, people, personRow, read } from './rows.ts'

const ada = {
  user_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
  email: 'ada@example.com',
  email_verified: true,
  username: 'ada',
  name: 'Ada Lovelace',
  blocked: true,
  created_at: '2020-10-06T15:36:23.528Z',
  updated_at: '2021-01-01T00:00:00.000Z',
  app_metadata: { plan: 'gold' },
  user_metadata: { country: 'gb', plan: 'silver' },
  identities: [
    {
      user_id: '5f7c8ec7c33c6c004bbafe82',
      provider: 'auth0',
      connection: 'Username-Password-Authentication',
      isSocial: false,
    },
    { user_id: '1142', provider: 'google-oauth2', connection: 'google-oauth2', isSocial: true },
    { user_id: 'a-1', provider: 'waad', connection: 'acme', isSocial: false },
  ],
}
const bob = {
  user_id: 'google-oauth2|77',
  email: 'bob@example.com',
  email_verified: false,
  identities: [
    { user_id: '77', provider: 'google-oauth2', connection: 'google-oauth2', isSocial: true },
  ],
}
const phone = {
  user_id: 'sms|5f7c8ec7c33c6c004bbafe99',
  name: '+15551234',
  phone_number: '+15551234',
}

const bcrypt = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const hashes = jsonLines(
  {
    _id: { $oid: '5f7c8ec7c33c6c004bbafe82' },
    email: 'another@example.com',
    email_verified: true,
    passwordHash: bcrypt,
    password_set_date: { $date: '2020-10-06T15:36:23.528Z' },
    tenant: 'acme',
    connection: 'Username-Password-Authentication',
    _tmp_is_unique: true,
  },
  { _ID: { $oid: '5f7c8ec7c33c6c004bbafe83' }, email: 'no-hash@example.com' },
)

describe('auth0', () => {
  it('reads the export job, packed or not, and joins the hashes by id and not by e-mail', async () => {
    const expected = {
      source: 'auth0',
      rows: [
        {
          file: 'export',
          line: 1,
          person: {
            line: 1,
            external_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
            name: 'Ada Lovelace',
            disabled: true,
            created_at: 1601998583,
            claims: { plan: 'gold', country: 'gb' },
            password: { hash: bcrypt },
            links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
          },
          unnamed: ['acme'],
        },
        {
          file: 'export',
          line: 2,
          person: {
            line: 2,
            external_id: 'google-oauth2|77',
            email: 'bob@example.com',
            email_verified: false,
            links: [{ issuer: 'https://accounts.google.com', subject: '77' }],
          },
        },
        { file: 'export', line: 3, skipped: 'no_email_or_username' },
      ],
    }
    const text = jsonLines(ada, bob, phone)
    const options = {
      hashes,
      claims: ['plan', 'country', 'absent'],
      links: { 'google-oauth2': 'https://accounts.google.com' },
    }
    expect(await read({ export: text }, options)).toEqual(expected)
    expect(await read({ export: gzipSync(text) }, options)).toEqual(expected)
  })

  it('finds the password of a local account that is linked to one of a provider', async () => {
    const linked = { ...ada, user_id: 'google-oauth2|1142' }
    const [first] = await people(jsonLines(linked), { hashes })
    expect(first?.password).toEqual({ hash: bcrypt })
  })

  it('--link names a provider, or one of its connections, and nothing that it inherits', async () => {
    const identity = (provider: string, connection: string) => ({
      ...{ user_id: '1', provider, connection, isSocial: false },
    })
    const identities = [
      identity('waad', 'acme'),
      identity('waad', 'other'),
      identity('constructor', 'toString'),
    ]
    const { rows } = await read(
      { users: jsonLines({ ...bob, identities }) },
      {
        links: { waad: 'https://login.example', acme: 'https://acme.example' },
      },
    )
    expect(rows).toMatchObject([
      {
        person: {
          links: [
            { issuer: 'https://acme.example', subject: '1' },
            { issuer: 'https://login.example', subject: '1' },
          ],
        },
        unnamed: ['toString'],
      },
    ])
  })

  it('keeps the whole id as sub', async () => {
    const [first] = await people(jsonLines(ada), { keepSub: true })
    expect(first?.sub).toBe('auth0|5f7c8ec7c33c6c004bbafe82')
  })

  it('has no hash without the hash file: the password is reset', async () => {
    const [first, second] = await people(jsonLines(ada, bob))
    expect({ local: first?.password, federated: second?.password }).toEqual({
      local: { reset: true },
      federated: undefined,
    })
  })

  it('reads CSV, in which every text begins with an apostrophe and quotes are doubled', async () => {
    const text = [
      'user_id,email,email_verified,name,created_at,blocked,user_metadata.country,"identities[0].connection"',
      `"'auth0|5f7c8ec7c33c6c004bbafe82","'ada@example.com",true,"'Ada ""the first"" Lovelace","'2020-10-06T15:36:23.528Z",false,"'gb","'acme"`,
      `"'google-oauth2|77","'bob@example.com",false,"''t Hooft",,,,"'google-oauth2"`,
      '',
    ].join('\r\n')
    expect(await people(text, { claims: ['country'] })).toEqual([
      {
        line: 2,
        external_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada "the first" Lovelace',
        created_at: 1601998583,
        claims: { country: 'gb' },
        password: { reset: true },
      },
      {
        line: 3,
        external_id: 'google-oauth2|77',
        email: 'bob@example.com',
        email_verified: false,
        name: "'t Hooft",
      },
    ])
  })

  it('leaves an apostrophe in JSON, where it is part of the name', async () => {
    const [first] = await people(jsonLines({ ...ada, name: "'t Hooft" }))
    expect(first?.name).toBe("'t Hooft")
  })

  it('reads CSV of the import and export extension, whose columns have other names', async () => {
    const text = `Id,Name,Email,Email Verified,Created At\n'auth0|a,'Ada,'ada@example.com,true,'2020-10-06T15:36:23.528Z\n`
    const { rows, source } = await read({ users: text })
    expect({ source, rows }).toEqual({
      source: 'auth0',
      rows: [
        personRow(2, {
          external_id: 'auth0|a',
          email: 'ada@example.com',
          email_verified: true,
          name: 'Ada',
          created_at: 1601998583,
          password: { reset: true },
        }),
      ],
    })
  })

  it('reads the hash file alone: lines without a hash are reset, without an e-mail skipped', async () => {
    const text = `${hashes}${jsonLines({ _id: { $oid: '5f7c8ec7c33c6c004bbafe84' }, phone_number: '+1' })}`
    expect(await read({ hashes: text })).toEqual({
      source: 'auth0',
      rows: [
        {
          file: 'hashes',
          line: 1,
          person: {
            line: 1,
            external_id: 'auth0|5f7c8ec7c33c6c004bbafe82',
            email: 'another@example.com',
            email_verified: true,
            password: { hash: bcrypt },
          },
        },
        {
          file: 'hashes',
          line: 2,
          person: {
            line: 2,
            external_id: 'auth0|5f7c8ec7c33c6c004bbafe83',
            email: 'no-hash@example.com',
            password: { reset: true },
          },
        },
        { file: 'hashes', line: 3, skipped: 'no_email_or_username' },
      ],
    })
  })

  it('reads a hash file that is an array', async () => {
    const array = JSON.stringify([
      { _id: { $oid: '5f7c8ec7c33c6c004bbafe82' }, passwordHash: bcrypt },
    ])
    const [first] = await people(jsonLines(ada), { hashes: array })
    expect(first?.password).toEqual({ hash: bcrypt })
  })

  it('refuses a hash file that is none, and one for another source', async () => {
    await expect(read({ export: jsonLines(ada) }, { hashes: jsonLines(ada) })).rejects.toThrow(
      'hashes is no hash file of Auth0: no line has _id and passwordHash',
    )
    await expect(read({ list: 'email\na@example.com\n' }, { hashes })).rejects.toThrow(
      '--hashes is the hash file of auth0, and the source is csv',
    )
  })
})
