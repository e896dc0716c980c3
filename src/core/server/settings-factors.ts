// Settings about what people sign in with beside a password.
import type { SettingsReader } from './settings-reader.ts'

/** Who must have a second factor: nobody, as they like, everybody, or whoever has a role. */
export type MfaPolicy = 'off' | 'optional' | 'required' | { role: string }

/** Reads the settings of second factors and passkeys. The reader collects all faults. */
export const readFactorSettings = (read: SettingsReader) => ({
  /** `off` = nobody is asked for a second factor, and nobody can add one. */
  mfa: mfaPolicy(read),
  /** Whether the console is closed to administrators who have no second factor. */
  adminMfa: adminMfa(read),
  /** Seconds for which a browser may be remembered, where no second factor is asked for; 0 = off. */
  rememberBrowser: read.number('REMEMBER_BROWSER', 30, 0, 365) * 86_400,
})

function mfaPolicy(read: SettingsReader): MfaPolicy {
  const text = read.text('MFA', 'optional')
  if (text === 'off' || text === 'optional' || text === 'required') return text
  const role = /^role:(.+)$/.exec(text)?.[1]
  if (role === undefined) read.fault('MFA', 'must be off, optional, required or role:<name>')
  return role === undefined ? 'required' : { role }
}

function adminMfa(read: SettingsReader): 'optional' | 'required' {
  const policy = read.choice('ADMIN_MFA', ['optional', 'required'])
  if (policy === 'required' && read.text('MFA') === 'off') {
    read.fault('ADMIN_MFA', 'cannot be required while MFA is off')
  }
  return policy
}
