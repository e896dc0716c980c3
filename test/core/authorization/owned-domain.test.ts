// Who leaves for the provider that owns the domain of what they typed.
import { describe, expect, it } from 'vitest'
import { leavingToOwner } from '../../../src/core/authorization/owned-domain.ts'
import { coreServer } from '../../support/core-server.ts'

/** A server where a provider owns a domain, and how often its providers were read. */
function ownedServer() {
  const reads: number[] = []
  const configuration = { sign_in: true, domains: ['owned.example'] }
  const list = (at: number) => {
    reads.push(at)
    return Promise.resolve([{ id: 'a provider', configuration }])
  }
  return { ...coreServer({ providers: { list } }), reads }
}

describe('whoever types a name', () => {
  it.each([
    ['ada@owned.example', 'ada@owned.example'],
    ['  Ada@OWNED.example ', 'Ada@OWNED.example'],
  ])(
    'of an owned domain leaves for its provider, which is told the name: %j',
    async (typed, hint) => {
      expect(await leavingToOwner(ownedServer().as, typed)).toEqual({
        outcome: 'leaves',
        providerId: 'a provider',
        loginHint: hint,
      })
    },
  )

  it.each(['ada@other.example', 'ada@sub.owned.example', 'ada', ''])(
    'of no owned domain stays: %j',
    async (typed) => expect(await leavingToOwner(ownedServer().as, typed)).toBe(null),
  )

  it('at a form without one stays, and no provider is read', async () => {
    const { as, reads } = ownedServer()
    expect({ outcome: await leavingToOwner(as, undefined), reads }).toEqual({
      outcome: null,
      reads: [],
    })
  })
})
