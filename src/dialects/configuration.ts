// The worker's settings together with those of its dialects, and what dialects add to other
// modules.
import type { Hono } from 'hono'
import type { DialectTraits } from '../core/clients/dialect-traits.ts'
import { type SettingInForce, SettingsReader } from '../core/server/settings-reader.ts'
import { type Settings, readSettings } from '../core/server/settings.ts'
import type { App } from '../http/app.ts'
import type { Dialect } from './dialect.ts'
import { dialects } from './dialects.ts'

/** A dialect that is served, with its settings read. */
export type ServedDialect = Dialect & { mount: () => Hono<App> }

export type Configuration = {
  settings: Settings
  /** Every setting by its name, also those of dialects. */
  inForce: readonly SettingInForce[]
  /** In the order of `dialects`, regardless of the order in `DIALECTS`. */
  served: readonly ServedDialect[]
}

/**
 * Reads every setting. If there are faults, returns all of them, each with the name of its setting.
 */
export function configurationFrom(environment: object): Configuration | { faults: string[] } {
  const read = new SettingsReader(environment)
  const configuration = configurationOf(read)
  return read.faults.length === 0 ? configuration : { faults: read.faults }
}

function configurationOf(read: SettingsReader): Configuration {
  const settings = readSettings(read)
  const named = read.list('DIALECTS')
  const names = dialects.map(({ name }) => name)
  if (!named.every((name) => names.includes(name))) {
    read.fault('DIALECTS', `must be of ${names.join(', ')}`)
  }
  // A wrong setting is a fault even if its dialect is not served.
  const configured = dialects.map((one) => ({ ...one, mount: one.configure(read) }))
  return {
    settings,
    inForce: read.inForce,
    served: configured.filter(({ name }) => named.includes(name)),
  }
}

/** Returns the names of all settings. */
export function settingNames(): string[] {
  const read = new SettingsReader({})
  configurationOf(read)
  return read.inForce.map(({ name }) => name)
}

/** Returns what all dialects add, served or not, because their older tokens may still be in use. */
export const dialectTraits = (): DialectTraits => ({
  identifyingScopes: new Set(dialects.flatMap(({ scopes }) => scopes)),
  firstPartyScopes: new Set(dialects.flatMap(({ firstPartyScopes }) => firstPartyScopes)),
  clientMembers: dialects.flatMap(({ clientMembers }) => clientMembers),
})
