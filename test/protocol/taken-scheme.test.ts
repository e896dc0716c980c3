import { describe, expect, it } from 'vitest'
import { isTakenScheme } from '../../src/protocol/taken-scheme.ts'

describe('RFC 8252 7.1: a private-use scheme', () => {
  it.each([
    ['runs code', 'javascript'],
    ['opens a page of the browser', 'about'],
    ['opens a page of Chromium', 'chrome'],
    ['opens a page of Firefox', 'firefox'],
    ['opens a remote folder', 'smb'],
    ['opens a terminal', 'ssh'],
    ['opens a socket', 'wss'],
    ['calls somebody', 'tel'],
    ['sends a message', 'imessage'],
    ['opens a shop', 'market'],
    ['runs a command of the system', 'search-ms'],
    ['runs a script of the system', 'applescript'],
    ['installs a package', 'apt'],
    ['starts an activity of Android', 'intent'],
    ['is one of Microsoft', 'ms-word'],
    ['is one of Apple', 'com.apple.photos'],
    ['is one of LibreOffice', 'vnd.libreoffice.command'],
    ['is the drive of a path of Windows', 'c'],
  ])('that %s is not the client’s: %s', (_what, scheme) => expect(isTakenScheme(scheme)).toBe(true))

  it.each(['com.example.app', 'com.example.ms-app', 'app.vnd.example', 'msword', 'cc'])(
    '%s is the client’s',
    (scheme) => expect(isTakenScheme(scheme)).toBe(false),
  )
})
