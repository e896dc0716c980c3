// A browser that its person has asked us to remember: their second factor is not asked for there until
// the mark is too old. The mark says when the factor was proved. Nothing is stored of it: a new
// password, signing out everywhere, and another authenticator app end it.
import { base64url, utf8Text } from '../../../crypto/encoding.ts'
import { equalInConstantTime } from '../../../crypto/secret.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { User } from '../storage.ts'

/** Returns the mark for a browser in which the user has just proved their second factor. */
export async function rememberedMark(
  as: AuthorizationServer,
  user: User,
  browserSecret: string,
): Promise<{ mark: string; lifetime: number } | null> {
  const { rememberBrowser } = as.settings.factors
  if (rememberBrowser === 0 || user.sealedTotp === null) return null
  const provedAt = Math.floor(as.now)
  const text = await markedText(as, user, user.sealedTotp, browserSecret, provedAt)
  return { mark: `${provedAt}.${await macOf(as, text)}`, lifetime: rememberBrowser }
}

/**
 * Returns when the user last proved their second factor in a browser that is remembered, in seconds;
 * null = the browser is not, or no longer.
 */
export async function rememberedSince(
  as: AuthorizationServer,
  user: User,
  browserSecret: string,
  mark: string | undefined,
): Promise<number | null> {
  const [, instant, mac] = /^(\d{1,12})\.([\w-]{43})$/.exec(mark ?? '') ?? []
  if (instant === undefined || mac === undefined || user.sealedTotp === null) return null
  const provedAt = Number(instant)
  const isOver = provedAt + as.settings.factors.rememberBrowser <= as.now
  if (isOver || provedAt < Math.max(user.notBefore, user.rememberedNotBefore)) return null
  const text = await markedText(as, user, user.sealedTotp, browserSecret, provedAt)
  for (const keyId of as.keys.ids) {
    if (equalInConstantTime(mac, await macOf(as, text, keyId))) return provedAt
  }
  return null
}

const macOf = async (as: AuthorizationServer, text: string, keyId?: string): Promise<string> =>
  base64url(await as.keys.mac('remembered browser', text, keyId))

/** By the secret, so that a mark counts only for the app that was proved. */
async function markedText(
  as: AuthorizationServer,
  { sub }: User,
  sealedTotp: string,
  browserSecret: string,
  provedAt: number,
): Promise<string> {
  const secret = utf8Text(await as.keys.openStored('totp secret', sealedTotp, sub))
  return JSON.stringify([sub, secret, browserSecret, provedAt])
}
