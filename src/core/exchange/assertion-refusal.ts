// The refusal of an assertion that is exchanged for tokens. RFC 7523 3.1.
import { type OAuthError, invalidGrant } from '../../protocol/error.ts'

/** Returns the refusal of an assertion. `fault` is constant text that completes "the assertion". */
export const assertionRefusal = (fault: string): OAuthError =>
  invalidGrant(`the assertion ${fault}`, { reason: 'assertion_wrong' })
