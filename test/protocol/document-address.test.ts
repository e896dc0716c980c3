import { describe, expect, it } from 'vitest'
import { documentAddressFault, isDocumentAddress } from '../../src/protocol/document-address.ts'

describe('The address of a client ID metadata document', () => {
  it.each([
    'https://claude.ai/oauth/mcp-oauth-client-metadata',
    'https://chatgpt.com/oauth/abc/client.json',
    'https://codex.example/client?connector=1&v=2',
    'https://client.example/',
    'https://client.example:8443/app',
    'https://[2606:4700::1111]/app',
    'https://client.example/a..b/...//',
    `https://client.example/${'a'.repeat(1_977)}`,
  ])('CM1: may be %s', (text) => {
    expect(documentAddressFault(text)).toBeNull()
  })

  it.each([
    'https://client.example',
    'https://client.example/app#',
    'https://client.example/app#key',
    'https://client.example/app?',
    'https://client.example?a=b',
    'https://user@client.example/app',
    'https://@client.example/app',
    'https://user:secret@client.example/app',
    'https://client.example:/app',
    'https:///app',
    'https://client.example/a/../app',
    'https://client.example/..',
    'https://client.example/./app',
    'https://client.example/a/%2e%2E/app',
    'https://client.example/.%2e/app',
    'https://client.example/%2e',
    'https://client.example\\@evil.example/app',
    'https://client.example/a\tb',
    'https://client.example/a b',
    'https://client.example/ä',
    `https://client.example/${'a'.repeat(1_978)}`,
  ])('M043: cannot be %j', (text) => {
    expect(documentAddressFault(text)).toMatch(/^(must|is) /)
  })

  it('CM1: is http in development alone, and on this machine alone', () => {
    const judged = (text: string) => [isDocumentAddress(text, true), isDocumentAddress(text, false)]
    expect({
      https: judged('https://client.example/app'),
      loopback: judged('http://127.0.0.1:1234/app'),
      http: judged('http://client.example/app'),
      name: judged('an-ordinary-client'),
      upper: judged('HTTPS://client.example/app'),
    }).toEqual({
      https: [true, true],
      loopback: [true, false],
      http: [false, false],
      name: [false, false],
      upper: [false, false],
    })
  })
})
