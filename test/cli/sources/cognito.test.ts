import { expect, describe, it } from 'vitest'
import { people, read } from './rows.ts'

const header =
  'cognito:username,name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled,custom:plan'
const sub = '7d8ca528-4931-4254-9273-ea5ee853f271'

describe('cognito', () => {
  it('reads the CSV of its template: never a password, columns of its own', async () => {
    const text = `${header}\nada,,Ada,Lovelace,,,,,,,ada@example.com,TRUE,,,,,,false,,,false,gold\n`
    expect(await read({ 'users.csv': text }, { claims: ['plan'] })).toEqual({
      source: 'cognito',
      rows: [
        {
          file: 'users.csv',
          line: 2,
          person: {
            line: 2,
            external_id: 'ada',
            username: 'ada',
            email: 'ada@example.com',
            email_verified: true,
            name: 'Ada Lovelace',
            claims: { plan: 'gold' },
            password: { reset: true },
          },
        },
      ],
    })
  })

  it('takes a username that is a UUID as the id, and not as a login name', async () => {
    const text = `${header}\n${sub},Ada,,,,,,,,,ada@example.com,true,,,,,,false,,,false,\n`
    expect(await people(text, { keepSub: true })).toEqual([
      {
        line: 2,
        external_id: sub,
        sub,
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada',
        password: { reset: true },
      },
    ])
  })

  it('reads ListUsers: attributes are a list, federated users have no password', async () => {
    const user = (Username: string, UserStatus: string, attributes: Record<string, string>) => ({
      Username,
      Attributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      UserCreateDate: 1700000000.123,
      UserLastModifiedDate: '2024-01-01T00:00:00.000000+00:00',
      Enabled: UserStatus !== 'UNCONFIRMED',
      UserStatus,
    })
    const text = JSON.stringify({
      Users: [
        user('ada', 'CONFIRMED', {
          sub,
          email: 'ada@example.com',
          email_verified: 'true',
          'custom:plan': 'gold',
        }),
        user('google_1142', 'EXTERNAL_PROVIDER', {
          sub: 'b',
          email: 'bob@example.com',
          email_verified: 'false',
          identities:
            '[{"userId":"1142","providerName":"Google","providerType":"Google","issuer":null,"primary":"true","dateCreated":"1700000000000"}]',
        }),
        user('carol', 'UNCONFIRMED', { sub: 'c', email: 'carol@example.com' }),
      ],
    })
    const options = {
      keepSub: true,
      claims: ['plan', 'custom:plan'],
      links: { Google: 'https://accounts.google.com' },
    }
    expect(await people(text, options)).toEqual([
      {
        line: 1,
        external_id: sub,
        sub,
        username: 'ada',
        email: 'ada@example.com',
        email_verified: true,
        created_at: 1700000000,
        claims: { plan: 'gold', 'custom:plan': 'gold' },
        password: { reset: true },
      },
      {
        line: 2,
        external_id: 'b',
        sub: 'b',
        email: 'bob@example.com',
        email_verified: false,
        created_at: 1700000000,
        links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
      },
      {
        line: 3,
        external_id: 'c',
        sub: 'c',
        username: 'carol',
        email: 'carol@example.com',
        disabled: true,
        created_at: 1700000000,
        password: { reset: true },
      },
    ])
  })

  it('has a row error for a sub that is to be kept and is not there', async () => {
    const text = `${header}\nada,,,,,,,,,,ada@example.com,true,,,,,,false,,,false,\n`
    const { rows } = await read({ users: text }, { keepSub: true })
    expect(rows).toEqual([
      {
        file: 'users',
        line: 2,
        error: {
          field: 'sub',
          code: 'missing',
          detail: 'is missing: this row has no lasting id',
        },
      },
    ])
  })
})
