// Signing keys are rotated while tokens are issued everywhere: each token verifies by every JWKS that
// somebody may hold at that moment, fresh from any isolate or kept for as long as it may be kept.
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../races/random.ts'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { clientCredentials, introspect, tokensOf } from '../support/tokens.ts'

aDayForEachTest()

const client = await registerClient()
const minute = 60_000
const maxAge = 5 * minute

type Kept = { at: number; jwks: JSONWebKeySet }

/** What happens at a minute of the test. */
type Events = Record<number, (server: Server) => Promise<unknown>>

/** Issues tokens for so many minutes, and returns which did not verify by a JWKS of its time. */
async function run(seed: string, minutes: number, events: Events) {
  const random = randomFrom(seed)
  const isolates = Array.from({ length: 5 }, () => new Server())
  const any = (): Server => isolates[Math.floor(random() * isolates.length)] ?? new Server()
  const kept: Kept[] = []
  const issued: { at: number; token: string; kid: string | undefined }[] = []
  const unverified: string[] = []
  for (let at = 0; at < minutes * minute; at += 20_000) {
    setClock(at)
    await events[at / minute]?.(any())
    const { fetch } = any()
    kept.push({ at, jwks: await (await get('/.well-known/jwks.json', {}, fetch)).json() })
    for (let nth = 0; nth < 5; nth++) {
      const { access_token } = await tokensOf(clientCredentials(client, {}, any().fetch))
      const { kid } = decodeProtectedHeader(access_token)
      issued.push({ at, token: access_token, kid })
    }
    const holding = kept.filter((one) => at - one.at <= maxAge)
    for (const { token, kid } of issued.filter((one) => one.at === at)) {
      for (const { jwks, at: fetchedAt } of holding) {
        await jwtVerify(token, createLocalJWKSet(jwks), { currentDate: new Date() }).catch(() =>
          unverified.push(`issued at ${at} by ${kid}, JWKS of ${fetchedAt}`),
        )
      }
    }
    await any().cron()
  }
  return { issued, kept, unverified, isolates }
}

const rotate = ({ fetch }: Server) => admin('POST', '/keys/rotate', undefined, fetch)

describe('Signing keys under load', () => {
  it('two rotations: every token verifies by every JWKS that may be held', async () => {
    const { issued, unverified, isolates } = await run('two rotations', 20, {
      2: rotate,
      9: rotate,
    })
    const last = issued.at(-1)?.token ?? ''
    const answers = await Promise.all(
      isolates.map(async ({ fetch }) => (await introspect(client, last, fetch)).json()),
    )
    expect({
      kids: new Set(issued.map(({ kid }) => kid)).size,
      unverified,
      active: answers.map((answer) => Object(answer).active),
    }).toEqual({ kids: 3, unverified: [], active: isolates.map(() => true) })
  }, 60_000)

  it('a withdrawal in the middle: its successor is in the JWKS before its first token', async () => {
    let withdrawn: unknown
    const { issued, kept, isolates } = await run('a withdrawal', 10, {
      3: async ({ fetch }) => {
        const { access_token } = await tokensOf(clientCredentials(client, {}, fetch))
        withdrawn = decodeProtectedHeader(access_token).kid
        return admin('POST', `/keys/${String(withdrawn)}/withdraw`, undefined, fetch)
      },
    })
    const after = issued.filter(({ at, kid }) => at > 3 * minute + minute && kid === withdrawn)
    const before = issued.filter(({ kid }) => kid === withdrawn)
    const jwks = kept.at(-1)?.jwks ?? { keys: [] }
    const unknown = issued.filter(
      ({ kid }) => kid !== withdrawn && !jwks.keys.some((key) => key.kid === kid),
    )
    const told = await Promise.all(
      isolates.map(async ({ fetch }) =>
        Object(await (await introspect(client, before[0]?.token ?? '', fetch)).json()),
      ),
    )
    expect({
      after: after.length,
      isListed: jwks.keys.some((key) => key.kid === withdrawn),
      unknown: unknown.length,
      active: told.map(({ active }) => active),
    }).toEqual({ after: 0, isListed: false, unknown: 0, active: isolates.map(() => false) })
  }, 60_000)
})
