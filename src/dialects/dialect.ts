// The definition of a dialect: one value with everything that the rest of Postern needs to know.
import type { Hono } from 'hono'
import type { ClientMember } from '../core/clients/dialect-traits.ts'
import type { SettingsReader } from '../core/server/settings-reader.ts'
import type { App } from '../http/app.ts'
import type { Demo } from './demo.ts'

export type Dialect = Facts & {
  /** Reads the dialect's settings and returns a function that creates its routes. */
  configure: (read: SettingsReader) => () => Hono<App>
}

type Facts = {
  /** The name in `DIALECTS`. */
  name: string
  /**
   * The scopes of the dialect's system. A token with one of them may tell every face who its user
   * is.
   */
  scopes: readonly string[]
  /** The scopes that only the operator's own clients can have (core/clients/first-party.ts). */
  firstPartyScopes: readonly string[]
  /** Members that the dialect adds to clients in the admin interface. */
  clientMembers: readonly ClientMember[]
  /**
   * Whether the dialect receives tokens that are encrypted to us. If so, the JWKS has an encryption
   * key.
   */
  decryptsTokens: boolean
  /** What `npm start` sets, creates and prints for the dialect. The worker never reads it. */
  demo: Demo
}

/** How a dialect describes itself. Omitted facts are empty. */
type Description<Own> = Pick<Facts, 'name' | 'demo'> &
  Partial<Facts> & {
    /** Reads the settings that only this dialect has. The reader collects all faults. */
    settings: (read: SettingsReader) => Own
    /** Creates the dialect's routes. */
    mount: (settings: Own) => Hono<App>
  }

/**
 * Creates a dialect from its description. The type of its settings is not visible to other modules.
 */
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
