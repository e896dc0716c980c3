// A person with a browser at the real provider: walks its screens until it sends the browser away.
import { providerOrigin } from './providers.ts'

/** Cookies by their names; paths and ages are not looked at. */
class CookieJar {
  readonly #cookies = new Map<string, string>()

  keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /;\s*max-age=0\b/i.test(line)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/**
 * Where the provider sends the browser in the end: somebody has signed in there as `login` and
 * allowed everything, or (`denies`) has turned back.
 */
export async function walkProvider(
  address: string,
  login: string,
  { denies = false, jar = new CookieJar() } = {},
): Promise<URL> {
  let url = new URL(address)
  let form: URLSearchParams | null = null
  for (let steps = 0; steps < 20; steps++) {
    if (url.origin !== providerOrigin) return url
    const answer: Response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      body: form,
      redirect: 'manual',
      headers: { Cookie: jar.header },
    })
    jar.keep(answer)
    const page = await answer.text()
    const location = answer.headers.get('Location')
    if (location === null) {
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
      if (prompt === undefined) throw new Error(`the provider says: ${page.slice(0, 500)}`)
      if (denies) {
        url = new URL(`${url.pathname}/abort`, url)
        form = null
      } else {
        form = new URLSearchParams(
          prompt === 'login' ? { prompt, login, password: 'any' } : { prompt },
        )
      }
    } else {
      url = new URL(location, url)
      form = null
    }
  }
  throw new Error('the provider goes round in circles')
}
