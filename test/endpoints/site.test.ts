// What is looked for at fixed addresses of any site.
import { describe, expect, it } from 'vitest'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { Server } from '../support/faults.ts'
import { get, issuer, read, readAll } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'

describe('Icons at the addresses where they are looked for', () => {
  const bytesOf = async (path: string) => {
    const answer = await get(path)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    return { type: answer.headers.get('Content-Type'), bytes, view: new DataView(bytes.buffer) }
  }
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  it('/apple-touch-icon.png is a PNG of 180 pixels that unpacks to all of its rows', async () => {
    const { type, bytes, view } = await bytesOf('/apple-touch-icon.png')
    expect({
      type,
      signature: [...bytes.subarray(0, 8)],
      width: view.getUint32(16),
      height: view.getUint32(20),
    }).toEqual({ type: 'image/png', signature: png, width: 180, height: 180 })
    const packed = bytes.subarray(41, 41 + view.getUint32(33))
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))
    expect((await new Response(unpacked).arrayBuffer()).byteLength).toBe(180 * (1 + 3 * 180))
  })

  it('/favicon.ico is an ICO with one PNG of 48 pixels', async () => {
    const { type, bytes, view } = await bytesOf('/favicon.ico')
    expect({
      type,
      kind: view.getUint16(2, true),
      images: view.getUint16(4, true),
      width: bytes[6],
    }).toEqual({ type: 'image/vnd.microsoft.icon', kind: 1, images: 1, width: 48 })
    const [length, start] = [view.getUint32(14, true), view.getUint32(18, true)]
    expect({ end: start + length, signature: [...bytes.subarray(start, start + 8)] }).toEqual({
      end: bytes.length,
      signature: png,
    })
  })

  it('are kept for a day, and drawn in the colour of the deployment', async () => {
    const other = new Server({ BRAND_ACCENT: '#8a1c1c' })
    const answers = [await get('/favicon.ico'), await get('/favicon.ico', {}, other.fetch)]
    expect(answers.map(({ headers }) => headers.get('Cache-Control'))).toEqual(
      answers.map(() => 'public, max-age=86400'),
    )
    const [ours, theirs] = await Promise.all(answers.map((answer) => answer.text()))
    expect(ours === theirs).toBe(false)
  })
})

describe('RFC 9309: /robots.txt', () => {
  it('sends crawlers away', async () =>
    expect(await readAll(await get('/robots.txt'))).toEqual({
      status: 200,
      headers: expect.objectContaining({ 'content-type': expect.stringMatching(/^text\/plain/) }),
      body: 'User-agent: *\nDisallow: /\n',
    }))
})

describe('RFC 9116: /.well-known/security.txt', () => {
  const path = '/.well-known/security.txt'

  it('names the contacts of the settings, until a day that is less than a year away', async () => {
    const SECURITY_CONTACT = 'mailto:security@id.example, https://id.example/report'
    const { body } = await read(await get(path, {}, new Server({ SECURITY_CONTACT }).fetch))
    const [one, other, expires = '', ...rest] = String(body).split('\n')
    expect({ one, other, rest }).toEqual({
      one: 'Contact: mailto:security@id.example',
      other: 'Contact: https://id.example/report',
      rest: [`Canonical: ${issuer}${path}`, 'Preferred-Languages: en, de', ''],
    })
    const days = (Date.parse(expires.replace('Expires: ', '')) - Date.now()) / 86_400_000
    expect({ afterHalfAYear: days > 170, withinAYear: days < 365 }).toEqual({
      afterHalfAYear: true,
      withinAYear: true,
    })
  })

  it('is not there without a setting', async () => {
    expect((await get(path)).status).toBe(404)
  })

  it.each(['security@id.example', 'http://id.example/', 'mailto:x', 'javascript:alert(1)'])(
    'the contact %s is a fault',
    (SECURITY_CONTACT) => {
      expect(configurationFrom({ ...testSettings, SECURITY_CONTACT })).toEqual({
        faults: ['SECURITY_CONTACT: must be mailto:, tel: or https: URIs, separated by commas'],
      })
    },
  )
})

describe('A well-known URL for changing passwords', () => {
  it('leads to the page on which the password is changed', async () => {
    const { status, headers } = await get('/.well-known/change-password')
    expect({ status, location: headers.get('Location') }).toEqual({
      status: 302,
      location: '/account/password',
    })
  })

  it('is not answered by what stands at any address', async () => {
    const probe = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200'
    expect((await get(probe)).status).toBe(404)
  })
})
