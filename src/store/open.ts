// Opens the implementation of every storage port over the bindings of one environment.
import type { Store } from '../core/authorization-server.ts'
import { openAccess } from './access.ts'
import { openAccount } from './account.ts'
import { openAddressFilter } from './address-filter.ts'
import { openAdminTokens } from './admin-tokens.ts'
import { openAuditEvents } from './audit-events.ts'
import { openCleaner } from './cleaner.ts'
import { openClients } from './clients.ts'
import { openCommonPasswords } from './common-passwords.ts'
import { openConsents } from './consents.ts'
import { openConsole } from './console.ts'
import { Database } from './database.ts'
import { openDetailsTypes } from './details-types.ts'
import { openDeviceCodes } from './device-codes.ts'
import { openFactors } from './factors.ts'
import { openExports } from './exports.ts'
import { openOutageRecords } from './outage-records.ts'
import { openRevocationLists } from './revocation-lists.ts'
import { openEpoch } from './epoch.ts'
import { openGauges } from './gauges.ts'
import { openGrants } from './grants.ts'
import { openHeldGrants } from './held-grants.ts'
import { openImports } from './imports.ts'
import { openLogoutNotices } from './logout-notices.ts'
import { openMailActions } from './mail-actions.ts'
import { openMails } from './mails.ts'
import { openParkedCodes } from './parked-codes.ts'
import { openPasskeys } from './passkeys.ts'
import { openPasswords } from './passwords.ts'
import { openProviderLinks } from './provider-links.ts'
import { openProviders } from './providers.ts'
import { openReadiness } from './readiness.ts'
import { openResources } from './resources.ts'
import { openRegistrations } from './registrations.ts'
import { openSelf } from './self.ts'
import { openLeaving } from './leaving.ts'
import { openDataCopies } from './data-copies.ts'
import { openSealedRows } from './sealed-rows.ts'
import { openSessions } from './sessions.ts'
import { openSigningKeys } from './signing-keys.ts'
import { openSignUps } from './sign-ups.ts'
import { openStatistics } from './statistics.ts'
import { openTerms } from './terms.ts'
import { openClientRemoval } from './unneeded-clients.ts'
import { openUsedIdentifiers } from './used-identifiers.ts'
import { openUserAdministration } from './user-administration.ts'
import { openUsers } from './users.ts'

/** Opens the store. It holds no state, so that one per isolate serves every request. */
export function openStore(env: {
  DB: D1Database
  KV: KVNamespace
  SIGN_IN_FILTER?: RateLimit
}): Store {
  const database = new Database(env.DB)
  return {
    users: openUsers(database),
    userAdministration: openUserAdministration(database),
    passwords: openPasswords(database),
    signUps: openSignUps(database),
    terms: openTerms(database),
    commonPasswords: openCommonPasswords(env.KV),
    factors: openFactors(database),
    passkeys: openPasskeys(database),
    mailActions: openMailActions(database),
    mails: openMails(database),
    imports: openImports(database),
    clients: openClients(database),
    registrations: openRegistrations(database),
    clientRemoval: openClientRemoval(database),
    grants: openGrants(database),
    heldGrants: openHeldGrants(database),
    resources: openResources(database),
    detailsTypes: openDetailsTypes(database),
    sessions: openSessions(database),
    account: openAccount(database),
    self: openSelf(database),
    leaving: openLeaving(database),
    dataCopies: openDataCopies(database),
    usedIdentifiers: openUsedIdentifiers(database),
    consents: openConsents(database),
    access: openAccess(database),
    parkedCodes: openParkedCodes(database),
    deviceCodes: openDeviceCodes(database),
    logoutNotices: openLogoutNotices(database),
    providers: openProviders(database),
    providerLinks: openProviderLinks(database),
    revocationLists: openRevocationLists(env.KV, database),
    outageRecords: openOutageRecords(env.KV),
    addressFilter: openAddressFilter(env.SIGN_IN_FILTER),
    signingKeys: openSigningKeys(database),
    sealedRows: openSealedRows(database),
    readiness: openReadiness(database),
    epoch: openEpoch(database),
    audit: openAuditEvents(database),
    statistics: openStatistics(database),
    gauges: openGauges(database),
    adminTokens: openAdminTokens(database),
    exports: openExports(database),
    console: openConsole(database),
    cleaner: openCleaner(database),
  }
}
