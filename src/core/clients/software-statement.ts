// Software statements: metadata that somebody vouches for. RFC 7591 2.3.
import { foreignAlgorithms } from '../../crypto/foreign-key.ts'
import {
  type HeaderRules,
  foreignHeader,
  unprovedClaims,
  verifiedClaims,
} from '../../crypto/foreign-token.ts'
import { invalidSoftwareStatement, unapprovedSoftwareStatement } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

type Document = Readonly<Record<string, unknown>>

/** Asymmetric algorithms alone: whoever has a shared secret could vouch for themselves. */
const rules: HeaderRules = {
  algorithms: foreignAlgorithms,
  types: ['jwt', 'software-statement+jwt'],
}

/** Seconds by which the clocks of two machines may differ. */
const clockDifference = 60

/** Claims that are about the statement itself and not about the client. RFC 7519 4.1 */
const aboutItself = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/**
 * Returns the metadata of a registration with the values of its software statement in their place: "the
 * claims of the software statement ... MUST take precedence" over the others (RFC 7591 2.3). Where the
 * operator lists no issuers, statements are ignored, as RFC 7591 2.3 allows.
 * @throws invalid_software_statement, unapproved_software_statement, temporarily_unavailable where the
 *   issuer's keys cannot be fetched
 */
export async function applySoftwareStatement(
  as: AuthorizationServer,
  document: Document,
): Promise<{ document: Document; statement: string | null }> {
  const { software_statement: statement, ...rest } = document
  const { statementIssuers } = as.settings.registration
  if (statement === undefined || statement === null || statementIssuers.size === 0) {
    return { document: rest, statement: null }
  }
  if (typeof statement !== 'string') throw invalidSoftwareStatement('must be a signed JWT')
  return { document: { ...rest, ...(await claimsOf(as, statement)) }, statement }
}

async function claimsOf(as: AuthorizationServer, statement: string): Promise<Document> {
  const header = foreignHeader(statement, rules)
  const issuer = unprovedClaims(statement)?.['iss']
  if (header === null || typeof issuer !== 'string') {
    throw invalidSoftwareStatement('the software statement is not a signed JWT with an issuer')
  }
  const url = as.settings.registration.statementIssuers.get(issuer)
  if (url === undefined) {
    throw unapprovedSoftwareStatement('the issuer of the software statement is not listed here')
  }
  const claims = await verifiedClaims(statement, header, as.keySets(as, url))
  if (claims === null) throw invalidSoftwareStatement('the signature of the statement is wrong')
  if (!isCurrent(claims, as.now)) {
    throw invalidSoftwareStatement('the software statement has expired or is not valid yet')
  }
  if (!isForUs(as, claims['aud'])) {
    throw invalidSoftwareStatement('the software statement is for another server')
  }
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !aboutItself.includes(name)))
}

function isCurrent({ exp = Infinity, nbf = 0 }: Document, now: number): boolean {
  if (typeof exp !== 'number' || typeof nbf !== 'number') return false
  return now < exp && nbf <= now + clockDifference
}

/** A statement may be for every server: then it names none. */
const isForUs = (as: AuthorizationServer, audience: unknown): boolean =>
  audience === undefined || [audience].flat().some((one) => one === as.issuer)
