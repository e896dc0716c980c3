// An authenticator app that somebody who is signed in already gets: their session has one factor.
import { env } from 'cloudflare:workers'
import * as OTPAuth from 'otpauth'
import { fromBase64url, utf8 } from '../../src/crypto/encoding.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { signedIn } from '../openid/flow.ts'
import { postern, type Answerer } from './http.ts'
import { registerUser, type TestUser } from './registry.ts'
import { testSettings } from './settings.ts'
import { codeOfApp } from './totp.ts'
import type { Place, UserAgent } from './user-agent.ts'

const [id = '', key = ''] = testSettings.MASTER_KEY.split(':')
const keys = new KeyRing([{ id, bytes: fromBase64url(key) ?? new Uint8Array(32) }])

/** Gives a user an authenticator app, and returns its secret. */
export async function giveApp({ id: userId, sub }: Pick<TestUser, 'id' | 'sub'>): Promise<string> {
  const secret = new OTPAuth.Secret({ size: 20 }).base32
  const sealed = await keys.seal('totp secret', utf8(secret), sub)
  const update = env.DB.prepare('UPDATE users SET sealed_totp = ?2 WHERE id = ?1')
  await update.bind(userId, sealed).run()
  return secret
}

/** Somebody whose session has one factor, though they have two. */
export type HalfSignedIn = { user: TestUser; agent: UserAgent; secret: string }

/** A browser in which a user has signed in by password before they got their app. */
export async function halfSignedIn(
  facts: object = {},
  to: Answerer = postern,
): Promise<HalfSignedIn> {
  const user = await registerUser(facts)
  const agent = await signedIn(user, to)
  return { user, agent, secret: await giveApp(user) }
}

/** Types the code of the app, or that of some time steps later, on the page of the step-up. */
export const stepUp = (
  { agent, secret }: Pick<HalfSignedIn, 'agent' | 'secret'>,
  place: Place,
  steps = 0,
): Promise<Place> => agent.submit(place, { code: codeOfApp(secret, steps) }, { action: '/step-up' })
