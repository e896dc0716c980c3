// Providers that everybody knows: what is filled in for each, so that a client id and a secret are all
// that an operator writes. The rules that differ from OpenID Connect are in federation.
import { type Preset, presetNames } from '../../protocol/provider-presets.ts'

/** The members of a configuration that a preset fills in where the operator gives none. */
type Filling = {
  id: string
  label: string
  issuer: string
  scope: string
  token_endpoint_auth_method: 'client_secret_post'
}

const filling = (id: Preset, label: string, issuer: string, scope: string): Filling => ({
  ...{ id, label, issuer, scope, token_endpoint_auth_method: 'client_secret_post' },
})

const fillings: Readonly<Record<Preset, Filling>> = {
  google: filling('google', 'Google', 'https://accounts.google.com', 'openid profile email'),
  // Work, school and personal accounts; the address of one tenant narrows it.
  microsoft: filling(
    'microsoft',
    'Microsoft',
    'https://login.microsoftonline.com/common/v2.0',
    'openid profile email',
  ),
  apple: filling('apple', 'Apple', 'https://appleid.apple.com', 'openid name email'),
  github: filling('github', 'GitHub', 'https://github.com', 'read:user user:email'),
}

/** Returns the name of a preset's provider, as that provider writes it. */
export const presetLabel = (preset: Preset): string => fillings[preset].label

/**
 * Returns the members of a provider, in the form of the admin interface, with those that its preset
 * fills in where they are absent. Members without a known preset stay as they are.
 */
export function withPreset(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const preset = presetNames.find((name) => name === members.preset)
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return { ...(preset === undefined ? {} : fillings[preset]), ...Object.fromEntries(given) }
}

/** What a preset's authorization request has besides the usual parameters. */
type Habits = {
  /** The `prompt` that asks for a new sign-in; absent = the provider has none. */
  prompt?: 'login' | 'select_account'
  /** The name of the parameter with the expected user. */
  loginHint?: 'login_hint' | 'login'
  /** Whether the answer comes as a form (OAuth 2.0 Form Post Response Mode). */
  isFormPost?: true
}

/** What a provider without a preset is asked with, and what each preset changes. */
export const habitsOf = (preset: Preset | undefined): Habits =>
  preset === undefined ? { prompt: 'login', loginHint: 'login_hint' } : habits[preset]

const habits: Readonly<Record<Preset, Habits>> = {
  google: { prompt: 'select_account', loginHint: 'login_hint' },
  microsoft: { prompt: 'login', loginHint: 'login_hint' },
  // "If you request any scope, the value must be form_post": Apple hands out names in no other way.
  apple: { isFormPost: true },
  github: { prompt: 'select_account', loginHint: 'login' },
}
