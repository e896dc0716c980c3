// What lasts as long as an isolate: settings, store, keys and caches as one Server, and the app.
import type { Hono } from 'hono'
import type { Server } from './core/authorization-server.ts'
import { ClientDirectory } from './core/clients/directory.ts'
import { ProviderDirectory } from './core/providers/directory.ts'
import { SigningKeys } from './core/server/signing-keys.ts'
import { DetailsTypeDirectory } from './core/tokens/details-type-directory.ts'
import { ResourceDirectory } from './core/tokens/resource-directory.ts'
import { KeyRing } from './crypto/key-ring.ts'
import { configurationFrom, dialectTraits } from './dialects/configuration.ts'
import { mountFaces } from './faces.ts'
import { clientDocuments } from './federation/client-documents.ts'
import { checkHuman } from './federation/human-check.ts'
import { clientKeySets } from './federation/key-sets.ts'
import { askPassword } from './federation/password-asking.ts'
import { providerKeySets } from './federation/provider-key-sets.ts'
import type { App } from './http/app.ts'
import { faultsOfLimits, openRateLimits } from './limits.ts'
import { lateMailer, lateOutage } from './load-late.ts'
import { openStore } from './store/open.ts'

/** What lasts as long as an isolate, or the faults of the settings and the token that may read them. */
export type Isolate =
  { faults: readonly string[]; adminToken: string | null } | { server: Server; app: Hono<App> }

// An isolate has one environment; tests bring several.
const isolates = new WeakMap<object, Isolate>()

/** The bindings; EMAIL is there if wrangler.toml has it. */
type Bindings = Env & { EMAIL?: SendEmail }

/** Returns the isolate's only server, or the faults of its settings, with which it cannot run. */
export function isolateOf(env: Bindings): Isolate {
  const known = isolates.get(env)
  if (known !== undefined) return known
  const started = startIsolate(env)
  isolates.set(env, started)
  return started
}

const isAboutAdminToken = (fault: string): boolean => fault.startsWith('ADMIN_TOKEN:')

function adminTokenOf(env: Env): string | null {
  const token: unknown = Reflect.get(env, 'ADMIN_TOKEN')
  return typeof token === 'string' ? token : null
}

function startIsolate(env: Bindings): Isolate {
  const configuration = configurationFrom(env)
  if ('faults' in configuration) {
    const { faults } = configuration
    return { faults, adminToken: faults.some(isAboutAdminToken) ? null : adminTokenOf(env) }
  }
  const { settings, inForce, served } = configuration
  const app = mountFaces(settings, served)
  const faults = faultsOfLimits(settings.rateLimits, app, env)
  if (faults.length > 0) return { faults, adminToken: settings.adminToken }
  const store = openStore(env)
  const keys = new KeyRing(settings.masterKeys)
  const signingKeys = new SigningKeys(store.signingKeys, keys, {
    signingKeyLifetime: settings.lifetimes.signingKey,
    jwksMaxAge: settings.lifetimes.jwksMaxAge,
    encryption: served.some(({ decryptsTokens }) => decryptsTokens),
  })
  keys.guard(() => signingKeys.requireMasterKey())
  const { clientCache } = settings.lifetimes
  const clients = new ClientDirectory(store.clients, clientCache)
  const providers = new ProviderDirectory(store.providers, clientCache)
  const resources = new ResourceDirectory(store.resources, clientCache)
  const directories = {
    clients,
    clientDocuments: clientDocuments(),
    keySets: clientKeySets,
    providers,
    providerKeySets,
    askPassword,
    checkHuman,
    mailer: lateMailer(settings, env),
    resources,
    detailsTypes: new DetailsTypeDirectory(store.detailsTypes, clientCache),
  }
  return {
    server: {
      ...{ settings, settingsInForce: inForce, store, keys, signingKeys },
      rateLimits: openRateLimits(settings.rateLimits, env),
      ...directories,
      dialects: dialectTraits(),
      outage: lateOutage,
    },
    app,
  }
}
