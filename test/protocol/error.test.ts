import { describe, expect, it } from 'vitest'
import {
  asOAuthError,
  databaseUnavailable,
  invalidClient,
  invalidGrant,
  temporarilyUnavailable,
  tooManyRequests,
  wordsFor,
} from '../../src/protocol/error.ts'

describe('RFC 6749 5.2: errors', () => {
  it.each([
    ['invalid_grant', 400, invalidGrant('no')],
    ['invalid_client', 401, invalidClient('no')],
    ['too_many_requests', 429, tooManyRequests(7)],
    ['temporarily_unavailable', 503, temporarilyUnavailable(new Error('lost'))],
    ['server_error', 500, asOAuthError(new TypeError('a defect'))],
    ['server_error', 500, asOAuthError('thrown text')],
  ])('%s has the status %i', (code, status, error) =>
    expect({ code: error.code, status: error.status }).toEqual({ code, status }),
  )

  it('keeps what happened for the log and out of the description', () => {
    const error = asOAuthError(new Error('SELECT secret FROM users'))
    expect(error.description).toBe('the server met an unexpected condition')
    expect(error.cause).toEqual(new Error('SELECT secret FROM users'))
  })

  it('are worded by reason where a face has words for that, else by code, else as the rest', () => {
    const words = {
      reasons: { code_used: 'used' },
      codes: { invalid_grant: 'grant' },
      rest: 'rest',
    }
    expect({
      reason: wordsFor(words, invalidGrant('no', { reason: 'code_used' })),
      otherReason: wordsFor(words, invalidGrant('no', { reason: 'code_unknown' })),
      code: wordsFor(words, invalidGrant('no')),
      rest: wordsFor(words, invalidClient('no', { reason: 'secret_wrong' })),
    }).toEqual({ reason: 'used', otherReason: 'grant', code: 'grant', rest: 'rest' })
  })

  it('say whether D1 did not answer, which the client is not told', () => {
    const lost = new Error('lost')
    const [database, other] = [databaseUnavailable(lost), temporarilyUnavailable(lost)]
    expect({ database: database.isOfDatabase, other: other.isOfDatabase }).toEqual({
      database: true,
      other: false,
    })
    expect(database.description).toBe(other.description)
    expect(database.retryAfter).toBe(other.retryAfter)
  })

  it('leaves an error of ours as it is', () => {
    const error = invalidGrant('no')
    expect(asOAuthError(error)).toBe(error)
  })
})
