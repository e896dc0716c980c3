// The secrets of a request and its response, none of which may stand in the log.
import type { Outcome, Sent } from './job.ts'

/** Parameters that tell nobody's secret. */
const open =
  /^(client_id|provider|link|session|grant|super_client_id|redirect_uri|scope|state|nonce|grant_type|username|email|name|login_hint|resource|.*_uri|.*_url|.*type|form|action|decision|kid|id|sub|authCodeTokenUrl|redirectUri)$/

const shortest = 12

/** Returns the texts that a request proves something by. */
export function secretsOf({ headers, body }: Sent): string[] {
  const cookies = headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .flatMap(([, value]) => value.split('; ').map((pair) => pair.slice(pair.indexOf('=') + 1)))
  const credentials = headers
    .filter(([name]) => name.toLowerCase() === 'authorization')
    .map(([, value]) => value.slice(value.indexOf(' ') + 1))
  const isForm = body !== null && !/^\s*[[{]/.test(body)
  const fields = isForm
    ? [...new URLSearchParams(body)].filter(([name]) => !open.test(name)).map(([, value]) => value)
    : []
  return [...cookies, ...credentials, ...fields].filter((text) => text.length >= shortest)
}

/** Returns the tokens that a response gives. */
export const secretsIn = ({ text }: Outcome): string[] =>
  [...text.matchAll(/"(?:access_token|refresh_token|id_token|client_secret)":"([^"]+)"/g)].map(
    ([, secret = '']) => secret,
  )

/** Returns the lines that have one of the secrets; mails are printed as they are in these tests. */
export const leaks = (lines: readonly string[], secrets: readonly string[]): string[] =>
  lines.filter(
    (line) =>
      !line.startsWith('{"event":"mail"') && secrets.some((secret) => line.includes(secret)),
  )
