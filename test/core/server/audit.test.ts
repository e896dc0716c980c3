// Whose doing an event is, as the audit names them.
import { describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { auditOf, auditOfClient, auditOfRefusal } from '../../../src/core/server/audit.ts'

const facts = { at: 1_800_000_000, requestId: 'a request', address: '192.0.2.1', userAgent: 'a b' }

const requestBy = (operator?: AuthorizationServer['operator']): AuthorizationServer => {
  const { at, ...others } = facts
  return Object.assign(Object.create(null), { now: at, ...others, eventKey: 'once', operator })
}

const root = requestBy({ actor: 'root', scope: null, expiresAt: null })

describe('The actor of an event', () => {
  it.each([
    ['the operator who has authenticated', root, { userId: 7, clientId: 'app' }, 'root'],
    ['without an operator the user', requestBy(), { userId: 7, clientId: 'app' }, 'user:7'],
    ['without a user the client', requestBy(), { clientId: 'app' }, 'client:app'],
    ['without a client nobody', requestBy(), {}, undefined],
  ])('is %s', (_who, as, of, actor) => {
    expect(auditOf(as, 'user.signed-in', of)).toEqual({
      ...facts,
      kind: 'user.signed-in',
      key: 'once',
      ...of,
      actor,
    })
  })

  it('is nobody for an event about nothing else', () => {
    expect(auditOf(requestBy(), 'key.rotated').actor).toBe(undefined)
  })

  it('is the client that has authenticated, also for a user', () => {
    const of = { userId: 7, clientId: 'app' }
    expect(auditOfClient(requestBy(), 'token.refreshed', of)).toEqual({
      ...facts,
      kind: 'token.refreshed',
      key: 'once',
      ...of,
      actor: 'client:app',
    })
  })

  it('is nobody for what was refused: its sender has proved nothing', () => {
    const of = { userId: 7 }
    expect(auditOfRefusal(root, 'user.sign-in-refused', of)).toEqual({
      ...facts,
      kind: 'user.sign-in-refused',
      key: 'once',
      ...of,
      actor: undefined,
      outcome: 'refused',
    })
  })
})
