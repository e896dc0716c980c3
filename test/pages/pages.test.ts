import { describe, expect, it } from 'vitest'
import { longestList } from '../../src/pages/home.tsx'
import { consentPage } from '../../src/pages/consent.tsx'
import { devicePage } from '../../src/pages/device.tsx'
import { formPostPage } from '../../src/pages/form-post.tsx'
import { homePage } from '../../src/pages/home.tsx'
import { languages } from '../../src/pages/language.ts'
import { loginPage } from '../../src/pages/login.tsx'
import { scripts } from '../../src/pages/script.tsx'
import { filledWith, formTo, frameIn, samples } from './samples.ts'

const size = (html: string) => new TextEncoder().encode(html).length
const limit = 15 * 1024
const english = frameIn('en')
const consent = {
  form: formTo('/consent'),
  client: { name: 'Notes' },
  user: { username: 'ada' },
  scopes: ['openid'],
  redirectUri: 'https://notes.example/callback',
}

/** A page without our scripts, and without its data for them, which no browser runs. */
const withoutOurScripts = (html: string) =>
  Object.values(scripts).reduce(
    (rest, script) => rest.replace(`<script>${script}</script>`, ''),
    html.replace(/<script type="application\/json" id="[\w-]+">[^<]*<\/script>/g, ''),
  )

/** What a person reads, without the markup. */
const textOf = (html: string) =>
  withoutOurScripts(html)
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')

describe.each(Object.entries(samples))('the %s page', (name, page) => {
  it.each(languages)('is whole and under 15 KB in %s', (language) => {
    const html = page(frameIn(language))
    expect(html).toMatch(
      new RegExp(`^<!doctype html><html lang="${language}"><head>.*</html>$`, 's'),
    )
    expect(html.match(/<h1>/g)).toHaveLength(1)
    expect(html).not.toMatch(/undefined|null|NaN|\[object|\{[a-z]+\}/)
    expect(size(html)).toBeLessThan(limit)
  })

  it('has no inline style, and no script but our own', () => {
    const html = withoutOurScripts(page(english))
    expect(html).not.toMatch(/ style=|<style| on[a-z]+=|javascript:|<script/i)
  })

  it('gives every element an id of its own', () => {
    const ids = [...page(english).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
  })

  it('posts every form, with the hidden inputs it was given', () => {
    const forms = page(english).match(/<form.*?<\/form>/gs) ?? []
    for (const form of forms) {
      expect(form).toContain('method="post"')
      if (name === 'form-post') continue
      for (const [input, value] of formTo('').hidden)
        expect(form).toContain(`<input type="hidden" name="${input}" value="${value}"/>`)
    }
  })
})

describe('what strangers write', () => {
  const hostile = {
    'a script': '<script>alert(1)</script>',
    'an attribute': '" autofocus onfocus="alert(1)" x="',
    'an override of direction': 'Bank\u202egpj.exe\u2066\u200f',
    'ten thousand letters': 'x'.repeat(10_000),
    'ten thousand quotes': '"'.repeat(10_000),
    'marks upon marks': `Z${'\u0335\u0301\u0336'.repeat(3000)}`,
    'half a pair': '\ud83d'.repeat(100),
    'nothing to see': '\u200b\u2060\u3164 \u00ad',
    'a placeholder': '{client} {place} $& $1',
  }
  const cases = Object.entries(hostile).flatMap(([kind, text]) =>
    Object.entries(filledWith(text)).map(([name, page]) => ({ kind, name, page })),
  )

  it.each(cases)('$kind: stays text and small on the $name page', ({ page }) => {
    const html = withoutOurScripts(page(english))
    expect(html.replace(/="[^"]*"/g, '')).not.toMatch(/<script|<[^>]* onfocus/)
    expect(html.replace(/ value="[^"]*"/g, '')).not.toMatch(
      /[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/,
    )
    expect(size(html)).toBeLessThan(limit)
  })

  it('is escaped in hidden inputs and addresses', () => {
    const form = { action: '/a?b="><script>', hidden: [['state"', '"><script>']] as const }
    const html = formPostPage(english, form)
    expect(html).toContain('action="/a?b=&quot;&gt;&lt;script&gt;"')
    expect(html).toContain('name="state&quot;" value="&quot;&gt;&lt;script&gt;"')
  })

  it('is called nameless where it shows nothing', () => {
    const html = consentPage(english, { ...consent, client: { name: '\u200b\u202e' } })
    expect(textOf(html)).toContain('An app without a name asks for access')
  })
})

describe('the sign-in page', () => {
  it('has the inputs that password managers know', () => {
    const html = loginPage(english, { form: formTo('/login'), loginHint: 'ada@castle.example' })
    expect(html).toMatch(
      /<input id="username" name="username" type="text" autocomplete="username webauthn"[^>]* value="ada@castle.example"/,
    )
    expect(html).toMatch(
      /<input id="password" name="password" type="password" autocomplete="current-password"/,
    )
  })

  it('tells a phone which keys to show, and not to correct what is typed', () => {
    const html = loginPage(english, { form: formTo('/login') })
    const typed = 'autocapitalize="none" autocorrect="off" spellcheck="false"'
    expect(html.match(/inputmode="email" enterkeyhint="next" [^>]*/g)).toEqual([
      `inputmode="email" enterkeyhint="next" ${typed} autofocus="" required=""/`,
    ])
    expect(html.match(/enterkeyhint="go" [^>]*/g)).toEqual([
      `enterkeyhint="go" ${typed} required=""/`,
    ])
  })

  it('says the same of an unknown user and of a wrong password, tied to both inputs', () => {
    const html = loginPage(english, { form: formTo('/login'), refusal: { reason: 'credentials' } })
    expect(html).toContain('<div class="alert" role="alert" id="refusal">')
    expect(html.match(/aria-invalid="true" aria-describedby="refusal"/g)).toHaveLength(2)
  })

  it('tells how long to wait, rounded up', () => {
    const throttled = (retryAfter: number) =>
      textOf(
        loginPage(english, { form: formTo('/'), refusal: { reason: 'throttled', retryAfter } }),
      )
    expect(throttled(841)).toContain('Please wait 15 minutes (until 9:35')
    expect(throttled(0.2)).toContain('Please wait 1 second (until 9:21')
  })
})

describe('the consent page', () => {
  it('CM9: shows whose document describes the client, before the host that gets the answer', () => {
    const text = textOf(
      consentPage(english, {
        ...consent,
        client: { name: 'Bank', verifiedHost: 'app.example', documentHost: 'evil.example' },
      }),
    )
    expect({
      identity: text.includes('Identified by evil.example'),
      verified: text.includes('Verified as'),
    }).toEqual({ identity: true, verified: false })
  })

  it('names client, host, scopes, destination and person', () => {
    const html = consentPage(english, {
      ...consent,
      client: { name: 'Notes', verifiedHost: 'notes.example' },
      scopes: ['openid', 'offline_access', 'catalogue.read', 'constructor'],
    })
    expect(textOf(html)).toContain(
      'Notes asks for access to your account. Verified as notes.example It would be able to' +
        ' know which account is yours keep its access while you are away, until you end it' +
        ' use catalogue.read use constructor You will be sent to notes.example . Allow Deny',
    )
  })

  it('has the two decisions, and switching only where it is offered', () => {
    const decisions = (canSwitch: boolean) =>
      [
        ...consentPage(english, { ...consent, canSwitch }).matchAll(
          /name="decision" value="(\w+)"/g,
        ),
      ].map(([, value]) => value)
    expect(decisions(false)).toEqual(['allow', 'deny'])
    expect(decisions(true)).toEqual(['allow', 'deny', 'switch'])
  })

  it.each([
    ['https://notes.example:8443/cb?x=1', 'You will be sent to notes.example:8443 .'],
    ['https://notes.example@evil.example/', 'You will be sent to evil.example .'],
    ['https://nötes.example/', 'You will be sent to xn--ntes-5qa.example .'],
    [`https://${'bank.example.'.repeat(15)}evil.example/`, 'bank.example.evil.example .'],
    ['http://127.0.0.1:53120/cb', 'an app on this device ( 127.0.0.1:53120 ).'],
    ['http://[::1]:53120/cb', 'an app on this device ( [::1]:53120 ).'],
    ['com.example.notes:/cb', 'the app that opens com.example.notes: links.'],
  ])('tells that %s leads to: %s', (redirectUri, words) => {
    expect(textOf(consentPage(english, { ...consent, redirectUri }))).toContain(words)
  })
})

describe('the resources of a consent page', () => {
  it.each([
    ['https://api.example/v1', true, 'for https://api.example/v1 .'],
    ['https://api.example:8443/v1?x', false, 'for api.example:8443 , which is not registered'],
    ['https://api.example@evil.example/', false, 'for evil.example , which is not registered'],
    ['urn:example:api', false, 'for urn:example:api , which is not registered here.'],
    [`https://${'bank.example.'.repeat(15)}evil.example/`, false, 'bank.example.evil.example ,'],
  ])('%s is shown: registered %s', (uri, isRegistered, words) => {
    const html = consentPage(english, { ...consent, resources: [{ uri, isRegistered }] })
    expect(textOf(html)).toContain(words)
  })

  it('are one line where several of one host would look the same', () => {
    const resources = ['https://a.example/1', 'https://a.example/2'].map((uri) => ({
      ...{ uri, isRegistered: false },
    }))
    const html = consentPage(english, { ...consent, resources })
    expect(textOf(html).match(/The access is for/g)).toHaveLength(1)
  })

  it('leave the page small, as many and as long as a request can name them', () => {
    const resources = Array.from({ length: 10 }, (_, index) => ({
      ...{ uri: `urn:${index}:${'x'.repeat(800)}`, isRegistered: false },
    }))
    expect(size(consentPage(english, { ...consent, resources }))).toBeLessThan(limit)
  })
})

describe('the account page', () => {
  it('has a button for each session, grant and provider, named after it', () => {
    const html = samples.account?.(english) ?? ''
    const buttons = [...html.matchAll(/<button id="[^"]*" name="(\w+)" value="(\w+)"/g)]
    expect(buttons.map(([, name, value]) => `${name}=${value}`)).toEqual([
      'session=s1',
      'session=s2',
      'grant=g1',
      'grant=g2',
      'link=university',
      'provider=guild',
    ])
    expect(html).toContain('aria-labelledby="c0-button c0"')
    expect(textOf(html)).toContain('Firefox on Linux This browser')
  })

  it('shows no more of a list than a page holds', () => {
    const html = filledWith('Notes').account?.(english) ?? ''
    expect(html.match(/name="session"/g)).toHaveLength(longestList)
    expect(html.match(/name="grant"/g)).toHaveLength(longestList)
  })

  it('asks for the current password and a new one', () => {
    const html = samples['account-refused']?.(english) ?? ''
    expect(html).toMatch(
      /name="current_password" type="password" autocomplete="current-password"[^>]* aria-invalid="true" aria-describedby="current_password-error"/,
    )
    expect(html).toMatch(
      /name="new_password" type="password" autocomplete="new-password"[^>]* minlength="12"/,
    )
    expect(html).toContain('<a href="#current_password">That is not your current password.</a>')
    expect(html).toContain('id="current_password-error">That is not your current password.</p>')
  })
})

describe('the other pages', () => {
  it('posts a form_post response by the one script, whose hash the CSP can name', () => {
    const html = formPostPage(english, {
      action: 'https://notes.example/cb',
      hidden: [['code', 'x']],
    })
    expect(html).toContain(`<script>${scripts.formPost}</script>`)
    expect(html).toMatch(/<form method="post" action="https:\/\/notes.example\/cb">.*<button>/)
  })

  it('asks for the device code again with what was typed', () => {
    const html = devicePage(english, {
      form: formTo('/device'),
      userCode: 'WDJB',
      refusal: { reason: 'unknown_code' },
    })
    expect(html).toMatch(
      /<input id="user_code" name="user_code"[^>]* value="WDJB"[^>]* aria-invalid="true"/,
    )
  })

  it('shows a reference on an error page', () => {
    expect(textOf(samples['error-serverError']?.(english) ?? '')).toContain(
      'give this reference: 01JD2Z7Q9W5N8K3M',
    )
  })

  it('is calm where a page was only open for too long: no reference, and the way on', () => {
    const html = samples['error-expired']?.(english) ?? ''
    expect(textOf(html)).not.toContain('reference')
    expect(html).toContain('href="https://notes.example/login" rel="noreferrer">Go to Analytical')
    expect(html).toContain('<a class="button quiet" href="/login">')
  })

  it('says first in its title that what was posted was refused, in its language', () => {
    const titleOf = (name: string, language: 'en' | 'de') =>
      /<title>([^<]*) · /.exec(samples[name]?.(frameIn(language)) ?? '')?.[1]
    const titles = (name: string) => ({ en: titleOf(name, 'en'), de: titleOf(name, 'de') })
    expect({
      fresh: titles('login'),
      refused: titles('login-refused'),
      throttled: titles('login-throttled'),
      account: titles('account-refused'),
      device: titles('device-refused'),
    }).toEqual({
      fresh: { en: 'Sign in', de: 'Anmelden' },
      refused: { en: 'Error: Sign in', de: 'Fehler: Anmelden' },
      throttled: { en: 'Error: Sign in', de: 'Fehler: Anmelden' },
      account: { en: 'Error: Your account', de: 'Fehler: Ihr Konto' },
      device: { en: 'Error: Connect a device', de: 'Fehler: Gerät verbinden' },
    })
  })

  it('shows the logo of a deployment that has one', () => {
    const branding = { name: 'A & B', logoUrl: '/logo.svg' }
    const home = {
      user: { username: 'ada' },
      apps: [],
      accountHref: '/account',
      logout: formTo('/logout'),
    }
    const html = homePage({ ...english, branding }, home)
    expect(html).toContain('<img src="/logo.svg" alt=""/><span>A &amp; B</span>')
    expect(html).toContain('<title>You are signed in · A &amp; B</title>')
  })
})
