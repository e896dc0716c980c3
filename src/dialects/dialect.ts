// What a dialect is: one value, which says everything that others need to know of it.
import type { Hono } from 'hono'
import type { ClientMember } from '../core/dialect-traits.ts'
import type { SettingsReader } from '../core/settings.ts'
import type { App } from '../http/app.ts'
import type { Demo } from './demo.ts'

export type Dialect = Facts & {
  /** Reads the dialect's own settings, and returns what makes its routes. */
  configure: (read: SettingsReader) => () => Hono<App>
}

type Facts = {
  /** As `DIALECTS` spells it. */
  name: string
  /** The scopes of its system. Each of them lets a token tell who its user is. */
  scopes: readonly string[]
  /** Those of its scopes that only the operator's own clients can have. */
  firstPartyScopes: readonly string[]
  /** Members that it adds to clients in the admin interface. */
  clientMembers: readonly ClientMember[]
  /** Whether it is sent tokens that are encrypted to a key of ours, which is then published. */
  decryptsTokens: boolean
  /** What `npm start` sets, creates and prints for it. The worker never reads it. */
  demo: Demo
}

/** A dialect without the facts that it has nothing to say about. */
type Description<Own> = Pick<Facts, 'name' | 'demo'> &
  Partial<Facts> & {
    /** Reads the settings that only this dialect has. Every fault is noted in the reader. */
    settings: (read: SettingsReader) => Own
    /** Makes its routes. */
    mount: (settings: Own) => Hono<App>
  }

/** Makes a dialect of its description. Nobody else sees the type of its settings. */
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
