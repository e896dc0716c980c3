// U08: what a deployment and the clients make of the pages.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { authorizePath, registerSpa, registerWebClient, signInAt } from './flow.ts'

const imagesOf = ({ headers }: Place): string =>
  /img-src ([^;]*)/.exec(headers.get('Content-Security-Policy') ?? '')?.[1] ?? ''

const stylesheetOf = ({ html }: Place): string =>
  /<link rel="stylesheet" href="([^"]+)"/.exec(html)?.[1] ?? 'none'

const homeOf = (settings: Record<string, string>): Promise<Place> =>
  new UserAgent(new Server(settings).fetch).open('/')

describe('U08: the brand of a deployment', () => {
  const logo = { BRAND_LOGO_URL: 'https://cdn.example/logo.svg', BRAND_NAME: 'Bank' }

  it('has a logo for the dark, from an origin that the policy allows', async () => {
    const place = await homeOf({ ...logo, BRAND_LOGO_DARK_URL: 'https://dark.example/logo.svg' })
    expect(place.html).toContain(
      '<picture><source srcset="https://dark.example/logo.svg" media="(prefers-color-scheme: dark)"/>' +
        '<img src="https://cdn.example/logo.svg" alt=""/></picture><span>Bank</span>',
    )
    expect(imagesOf(place)).toBe("'self' https://cdn.example https://dark.example")
  })

  it('does not say its name twice where the logo says it', async () => {
    const { html } = await homeOf({ ...logo, BRAND_NAME_SHOWN: 'false' })
    expect(html).toContain(
      '<div class="brand"><img src="https://cdn.example/logo.svg" alt="Bank"/></div>',
    )
  })

  it('has an icon of its own, wherever a browser looks for one', async () => {
    const BRAND_ICON_URL = 'https://cdn.example/icon.png'
    const server = new Server({ BRAND_ICON_URL })
    const { html } = await new UserAgent(server.fetch).open('/')
    const places = ['/favicon.ico', '/apple-touch-icon.png']
    const answers = await Promise.all(places.map((path) => get(path, {}, server.fetch)))
    expect({
      links: html.match(/<link rel="(?:icon|apple-touch-icon)"[^>]*>/g),
      places: answers.map(({ headers }) => headers.get('Location')),
    }).toEqual({
      links: [
        `<link rel="icon" href="${BRAND_ICON_URL}"/>`,
        `<link rel="apple-touch-icon" href="${BRAND_ICON_URL}"/>`,
      ],
      places: [BRAND_ICON_URL, BRAND_ICON_URL],
    })
  })

  it('is plain if that is wished: no mark of ours', async () => {
    const [arch, plain] = await Promise.all([homeOf({}), homeOf({ BRAND_SHAPE: 'plain' })])
    expect({
      arch: arch.html.includes('<svg'),
      plain: plain.html.includes('<svg'),
      isSameStylesheet: stylesheetOf(arch) === stylesheetOf(plain),
    }).toEqual({ arch: true, plain: false, isSameStylesheet: false })
  })

  it('has its links below every page, in the language of the page', async () => {
    const agent = new UserAgent(
      new Server({
        BRAND_PRIVACY_URL: 'https://bank.example/{language}/privacy',
        BRAND_TERMS_URL: 'https://bank.example/terms',
        BRAND_IMPRINT_URL: 'https://bank.example/imprint',
        BRAND_HELP_URL: 'mailto:help@bank.example',
      }).fetch,
    )
    const linksOf = ({ html }: Place) =>
      [...html.matchAll(/<a href="([^"]*bank.example[^"]*)" rel="noreferrer">([^<]*)/g)].map(
        ([, href, name]) => `${name}: ${href}`,
      )
    const german = await agent.open('/nothing?language=de', { Accept: 'text/html' })
    const english = await agent.open('/?language=en')
    expect({ german: linksOf(german), english: linksOf(english)[1] }).toEqual({
      german: [
        'Hilfe: mailto:help@bank.example',
        'Datenschutz: https://bank.example/de/privacy',
        'Nutzungsbedingungen: https://bank.example/terms',
        'Impressum: https://bank.example/imprint',
      ],
      english: 'Privacy: https://bank.example/en/privacy',
    })
  })
})

describe('U08: the logo and the site of a client', () => {
  const facts = {
    logo_uri: 'https://client.example/logo.png',
    client_uri: 'https://client.example/',
    policy_uri: 'https://elsewhere.example/privacy',
    redirect_uris: ['https://client.example/callback'],
  }
  const path = (client: Awaited<ReturnType<typeof registerSpa>>) =>
    authorizePath(client, { redirect_uri: facts.redirect_uris[0], prompt: 'login' })

  it('are shown on its pages alone, and the policy of these allows the logo', async () => {
    const agent = new UserAgent()
    const place = await agent.open(path(await registerSpa(facts)))
    expect(place.html).toContain(
      '<img class="app" src="https://client.example/logo.png" alt="" referrerpolicy="no-referrer"/>',
    )
    expect({ its: imagesOf(place), ours: imagesOf(await agent.open('/')) }).toEqual({
      its: "'self' https://client.example",
      ours: "'self'",
    })
  })

  it('are not loaded from anybody else', async () => {
    const other = { ...facts, logo_uri: 'https://bank.example/logo.png' }
    const place = await new UserAgent().open(path(await registerSpa(other)))
    expect({ isShown: place.html.includes('class="app"'), images: imagesOf(place) }).toEqual({
      isShown: false,
      images: "'self'",
    })
  })

  it('are loaded from an origin that the operator lists', async () => {
    const server = new Server({ CLIENT_LOGO_ORIGINS: 'https://cdn.example' })
    const client = await registerWebClient(
      { ...facts, logo_uri: 'https://cdn.example/logo.png' },
      server.fetch,
    )
    const place = await new UserAgent(server.fetch).open(path(client))
    expect(imagesOf(place)).toBe("'self' https://cdn.example")
  })
})

describe('U15: a scope that only the deployment knows', () => {
  const SCOPE_TEXTS = JSON.stringify({
    'orders:read': { en: 'see your orders', de: 'Ihre Bestellungen sehen' },
    openid: 'rename what is standard',
    'a:b': '<b>in one language</b>',
  })

  it('is in the words of the operator, by language, where it is asked for and where it was given', async () => {
    const server = new Server({ SCOPE_TEXTS })
    const user = await registerUser()
    const client = await registerSpa({ scope: 'openid orders:read a:b c' })
    const agent = new UserAgent(server.fetch)
    const asked = { scope: 'openid orders:read a:b c', ui_locales: 'de' }
    const consent = await signInAt(agent, await agent.open(authorizePath(client, asked)), user)
    const scopes = ({ html }: Place) =>
      [...html.matchAll(/<li>((?:(?!<li>).)*?)<\/li>/g)].flatMap(([, words = '']) =>
        /Ihr Konto|Bestellungen|language|<code>/.exec(words) === null ? [] : [words],
      )
    expect(scopes(consent)).toEqual([
      'Ihr Konto erkennen',
      'Ihre Bestellungen sehen',
      '&lt;b&gt;in one language&lt;/b&gt;',
      '<code>c</code> nutzen',
    ])
    await agent.submit(consent, { decision: 'allow' })
    const account = await agent.open('/account?language=de')
    expect(shownText(account)).toContain(
      'Ihr Konto erkennen Ihre Bestellungen sehen <b>in one language</b> c nutzen',
    )
  })
})
