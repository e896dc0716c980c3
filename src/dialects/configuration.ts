// The settings of the worker together with those of its dialects, and what dialects add to the rest.
import type { Hono } from 'hono'
import type { DialectTraits } from '../core/clients/dialect-traits.ts'
import { type Settings, SettingsReader, readSettings } from '../core/server/settings.ts'
import type { App } from '../http/app.ts'
import type { Dialect } from './dialect.ts'
import { dialects } from './dialects.ts'

/** A dialect that is served. */
export type ServedDialect = Dialect & { mount: () => Hono<App> }

export type Configuration = {
  settings: Settings
  /** In the order of the list, whatever the order in `DIALECTS`. */
  served: readonly ServedDialect[]
}

/** Reads every setting. Returns all faults, each by the name of its setting, if there are any. */
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
  // A setting that is wrong is a fault whether or not its dialect is served.
  const configured = dialects.map((one) => ({ ...one, mount: one.configure(read) }))
  return { settings, served: configured.filter(({ name }) => named.includes(name)) }
}

/** Returns the name of every setting. */
export function settingNames(): string[] {
  const read = new SettingsReader({})
  configurationOf(read)
  return [...read.names]
}

/** Returns what all dialects add, whether or not they are served: their tokens may be older. */
export const dialectTraits = (): DialectTraits => ({
  identifyingScopes: new Set(dialects.flatMap(({ scopes }) => scopes)),
  firstPartyScopes: new Set(dialects.flatMap(({ firstPartyScopes }) => firstPartyScopes)),
  clientMembers: dialects.flatMap(({ clientMembers }) => clientMembers),
})
