import { describe, expect, it } from 'vitest'
import { clientKinds, metadataOfKind } from '../../src/protocol/client-kind.ts'

const kinds = clientKinds.map((kind) => ({ kind, ...metadataOfKind(kind) }))
const device = 'urn:ietf:params:oauth:grant-type:device_code'

const kindsThat = (holds: (client: (typeof kinds)[number]) => boolean): string[] =>
  kinds.filter(holds).map(({ kind }) => kind)

describe('A kind of client', () => {
  it('RFC 8252 8.4: has a secret only where it runs on a server', () =>
    expect(kindsThat((client) => client.token_endpoint_auth_method !== 'none')).toEqual([
      'server',
      'service',
    ]))

  it('RFC 7591 2: is native where it runs on somebody’s machine', () =>
    expect(kindsThat((client) => client.application_type === 'native')).toEqual([
      'native',
      'agent',
    ]))

  it('signs people in and keeps them signed in, or acts for itself alone', () =>
    expect(kinds.map(({ kind, grant_types }) => ({ kind, grant_types }))).toEqual([
      { kind: 'spa', grant_types: ['authorization_code', 'refresh_token'] },
      { kind: 'server', grant_types: ['authorization_code', 'refresh_token'] },
      { kind: 'native', grant_types: ['authorization_code', 'refresh_token'] },
      { kind: 'service', grant_types: ['client_credentials'] },
      { kind: 'agent', grant_types: ['authorization_code', 'refresh_token', device] },
    ]))
})
