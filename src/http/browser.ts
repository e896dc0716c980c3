// What a browser brings along, read once a request, and proof that a form is one that we showed in it.
import { formToken, isFormToken } from '../core/authorization/screen.ts'
import type { Session } from '../core/people/storage.ts'
import { randomSecret } from '../crypto/secret.ts'
import type { Parameters } from '../protocol/parameters.ts'
import type { FaceContext } from './app.ts'
import { readCookie, writeCookie } from './cookies.ts'

/** Returns the browser that sent the request; its cookies are read at the first call. */
export function browserOf(context: FaceContext): Browser {
  const known = context.var.browser
  if (known !== undefined) return known
  const browser = new Browser(context)
  context.set('browser', browser)
  return browser
}

/** A browser as the request shows it, and what the answer gives it. */
export class Browser {
  /** The secret of the session, as it was sent; whether the session is alive, the core decides. */
  readonly session: string | undefined
  /** The mark that an account has signed in with this browser before; it proves nothing else. */
  readonly knownMark: string | undefined
  /** The mark that a second factor was proved in this browser, which is remembered. */
  readonly rememberedMark: string | undefined
  readonly #context: FaceContext
  #secret: string | undefined
  #language: string | undefined

  constructor(context: FaceContext) {
    this.#context = context
    this.session = readCookie(context, 'session')
    this.knownMark = readCookie(context, 'known')
    this.rememberedMark = readCookie(context, 'remembered')
    this.#language = readCookie(context, 'language')
    const secret = readCookie(context, 'browser')
    this.#secret = secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : undefined
  }

  /** The secret of this browser, to which its screens are bound; undefined = it has none. */
  get secret(): string | undefined {
    return this.#secret
  }

  /** The language that was picked here, now or before, as it was sent. */
  get language(): string | undefined {
    return this.#language
  }

  /**
   * Returns the secret of this browser, created and set where it has none: one for all forms of a page.
   */
  ensureSecret(): string {
    if (this.#secret !== undefined) return this.#secret
    const secret = randomSecret()
    this.#secret = secret
    writeCookie(this.#context, 'browser', secret)
    return secret
  }

  /** Gives the browser the secret of a session, for as long as that session lives. */
  keepSession(secret: string, { absoluteExpiresAt }: Session): void {
    const left = Math.round(absoluteExpiresAt - this.#context.env.as.now)
    writeCookie(this.#context, 'session', secret, left)
  }

  /** Removes the secret of a session that has ended. */
  forgetSession(): void {
    writeCookie(this.#context, 'session', '', 0)
  }

  /** Gives the browser the mark that an account has signed in with it. */
  keepKnownMark(mark: string): void {
    writeCookie(this.#context, 'known', mark)
  }

  /** Gives the browser the mark that a second factor was proved in it, for `lifetime` seconds. */
  keepRememberedMark(mark: string, lifetime: number): void {
    writeCookie(this.#context, 'remembered', mark, lifetime)
  }

  /** Keeps the language that was picked on a page. */
  keepLanguage(language: string): void {
    this.#language = language
    writeCookie(this.#context, 'language', language)
  }
}

/**
 * Returns the hidden input that proves that a form is ours. `purpose` is the screen's id or the
 * page's path.
 */
export const formTokenInput = async (
  context: FaceContext,
  purpose: string,
): Promise<readonly [string, string]> => [
  'form_token',
  await formToken(context.env.as, browserOf(context).ensureSecret(), purpose),
]

/**
 * Returns whether this server showed the posted form in this browser: the token must match the
 * browser and the purpose, and the browser must not report a cross-site request (CSRF).
 */
export async function isOwnForm(
  context: FaceContext,
  parameters: Parameters,
  purpose: string,
): Promise<boolean> {
  const { secret } = browserOf(context)
  const token = parameters.get('form_token')
  if (secret === undefined || token === undefined || comesFromElsewhere(context)) return false
  return isFormToken(context.env.as, secret, purpose, token)
}

function comesFromElsewhere(context: FaceContext): boolean {
  const site = context.req.header('Sec-Fetch-Site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const origin = context.req.header('Origin')
  // Our pages send no referrer, so browsers that send Origin send `null`.
  if (origin === undefined || origin === 'null') return false
  return (
    origin !== new URL(context.env.as.issuer).origin && origin !== new URL(context.req.url).origin
  )
}
