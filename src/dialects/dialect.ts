// What a dialect is: one value that says everything the rest of Postern needs to know of it.
import type { Hono } from 'hono'
import type { ClientMember } from '../core/clients/dialect-traits.ts'
import type { SettingsReader } from '../core/server/settings.ts'
import type { App } from '../http/app.ts'
import type { Demo } from './demo.ts'

export type Dialect = Facts & {
  /** Reads the dialect's own settings, and returns what makes its routes. */
  configure: (read: SettingsReader) => () => Hono<App>
}

type Facts = {
  /** As `DIALECTS` spells it. */
  name: string
  /** The scopes of its system. A token with one of them may tell every face who its user is. */
  scopes: readonly string[]
  /** Those of its scopes that only the operator's own clients can have: clients/first-party.ts. */
  firstPartyScopes: readonly string[]
  /** Members that it adds to clients in the admin interface. */
  clientMembers: readonly ClientMember[]
  /** Whether it receives tokens that are encrypted to us: then the JWKS has an encryption key. */
  decryptsTokens: boolean
  /** What `npm start` sets, creates and prints for it. The worker never reads it. */
  demo: Demo
}

/** What a dialect says of itself. Facts that are left out are empty. */
type Description<Own> = Pick<Facts, 'name' | 'demo'> &
  Partial<Facts> & {
    /** Reads the settings that only this dialect has. Every fault is noted in the reader. */
    settings: (read: SettingsReader) => Own
    /** Makes its routes. */
    mount: (settings: Own) => Hono<App>
  }

/** Makes a dialect of its description. The type of its settings stays its own. */
export const dialect = <Own>({ settings, mount, ...facts }: Description<Own>): Dialect => ({
  scopes: [],
  firstPartyScopes: [],
  clientMembers: [],
  decryptsTokens: false,
  ...facts,
  configure(read) {
    const own = settings(read)
    return () => mount(own)
  },
})
