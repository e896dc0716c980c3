// The first argument of every decision. The Server is created once an isolate, the AuthorizationServer
// once a request.
import type { KeyRing } from '../crypto/key-ring.ts'
import type {
  AccessStore,
  ConsentStore,
  ConsoleStore,
  DeviceCodeStore,
  ExportStore,
  LogoutNoticeStore,
  ParkedCodeStore,
} from './authorization/storage.ts'
import type { DialectTraits } from './clients/dialect-traits.ts'
import type { ClientDirectory } from './clients/directory.ts'
import type { ClientDocuments } from './clients/document.ts'
import type { ForeignKeySets } from './clients/key-sets.ts'
import type { ClientRemoval, ClientStore, RegistrationStore } from './clients/storage.ts'
import type { OutageAnswer, OutageRequest } from './exchange/outage-request.ts'
import type { PasswordAsking } from './people/asked-password.ts'
import type { CommonPasswords } from './people/chosen-password.ts'
import type { FactorStore } from './people/factors/storage.ts'
import type { ImportStore } from './people/import/storage.ts'
import type { Mailer } from './people/mail/mailer.ts'
import type { MailActionStore, MailStore } from './people/mail/storage.ts'
import type { PasskeyStore } from './people/passkeys/storage.ts'
import type { RateLimits } from './people/rate-limits.ts'
import type { DataCopyStore, LeavingStore, SelfStore } from './people/self/storage.ts'
import type { HumanCheck } from './people/sign-up/human.ts'
import type { SignUpStore, TermsStore } from './people/sign-up/storage.ts'
import type {
  AccountStore,
  AddressFilter,
  PasswordStore,
  SessionStore,
  UserAdministration,
  UserStore,
} from './people/storage.ts'
import type { ProviderDirectory } from './providers/directory.ts'
import type { ProviderKeySets } from './providers/key-sets.ts'
import type { ProviderLinkStore, ProviderStore } from './providers/storage.ts'
import type { ClientCertificate } from './server/certificate.ts'
import type { LogEvent } from './server/events.ts'
import type { SettingInForce } from './server/settings-reader.ts'
import type { Settings } from './server/settings.ts'
import type { SigningKeys } from './server/signing-keys.ts'
import type {
  AdminTokenStore,
  AuditStore,
  Cleaner,
  EpochStore,
  GaugeStore,
  Operator,
  OutageRecords,
  ReadinessStore,
  SealedRowStore,
  SigningKeyStore,
  StatisticsStore,
  UsedIdentifierStore,
} from './server/storage.ts'
import type { DetailsTypeDirectory } from './tokens/details-type-directory.ts'
import type { ResourceDirectory } from './tokens/resource-directory.ts'
import type {
  DetailsTypeStore,
  FoundGrant,
  RevocationLists,
  GrantStore,
  HeldGrantStore,
  ResourceStore,
} from './tokens/storage.ts'

/** What core/exchange does about outages of D1; each function has its contract there. */
export type Outage = {
  refreshWithoutDatabase: (as: AuthorizationServer, request: OutageRequest) => Promise<OutageAnswer>
  wasGivenBack: (as: AuthorizationServer, digest: string, found: FoundGrant) => Promise<boolean>
}

/** The storage ports of all rooms. */
export type Store = {
  users: UserStore
  userAdministration: UserAdministration
  passwords: PasswordStore
  signUps: SignUpStore
  terms: TermsStore
  passkeys: PasskeyStore
  factors: FactorStore
  commonPasswords: CommonPasswords
  mailActions: MailActionStore
  mails: MailStore
  imports: ImportStore
  clients: ClientStore
  registrations: RegistrationStore
  clientRemoval: ClientRemoval
  grants: GrantStore
  heldGrants: HeldGrantStore
  resources: ResourceStore
  detailsTypes: DetailsTypeStore
  sessions: SessionStore
  account: AccountStore
  self: SelfStore
  leaving: LeavingStore
  dataCopies: DataCopyStore
  usedIdentifiers: UsedIdentifierStore
  consents: ConsentStore
  access: AccessStore
  parkedCodes: ParkedCodeStore
  deviceCodes: DeviceCodeStore
  logoutNotices: LogoutNoticeStore
  providers: ProviderStore
  providerLinks: ProviderLinkStore
  revocationLists: RevocationLists
  outageRecords: OutageRecords
  signingKeys: SigningKeyStore
  sealedRows: SealedRowStore
  addressFilter: AddressFilter
  readiness: ReadinessStore
  epoch: EpochStore
  audit: AuditStore
  statistics: StatisticsStore
  gauges: GaugeStore
  adminTokens: AdminTokenStore
  exports: ExportStore
  console: ConsoleStore
  cleaner: Cleaner
}

/** What lasts as long as an isolate: the settings, and what is opened with them. */
export type Server = {
  settings: Settings
  /** The settings by their names, for operators. */
  settingsInForce: readonly SettingInForce[]
  store: Store
  rateLimits: RateLimits
  keys: KeyRing
  signingKeys: SigningKeys
  clients: ClientDirectory
  clientDocuments: ClientDocuments
  /** Key sets at the `jwks_uri` of clients. */
  keySets: ForeignKeySets
  providerKeySets: ProviderKeySets
  /** Asks the endpoint of an import about a password. */
  askPassword: PasswordAsking
  checkHuman: HumanCheck
  /** Sends mail; null = MAIL is not set, and pages that need it are absent. */
  mailer: Mailer | null
  providers: ProviderDirectory
  resources: ResourceDirectory
  detailsTypes: DetailsTypeDirectory
  dialects: DialectTraits
  /** Refreshing while D1 is away; loaded at its first use. */
  outage: Outage
}

/** The server during one request or one run of cron. */
export type AuthorizationServer = Server & {
  /** Exact, without trailing slash: from the settings, in development the request's origin. */
  issuer: string
  /**
   * The issuers whose tokens this server accepts as its own: the issuer, in development under every
   * loopback name.
   */
  ownIssuers: readonly string[]
  /** The instant of the request, read once: NumericDate seconds with a millisecond fraction. */
  now: number
  requestId: string
  /** The client's address as the platform reports it; never from a header that a client can set. */
  address: string
  userAgent: string | null
  /** City and country of the client, as the platform says, such as `Berlin, DE`; null = unknown. */
  place: string | null
  /** The time zone at that place, in which instants are shown. */
  timeZone: string
  /** Who administers the server by this request, once they have authenticated. */
  operator?: Operator
  /** The key of the one event of a request that counts once, however often it is sent. */
  eventKey?: string
  /** The certificate that the client has proved by TLS. */
  certificate: ClientCertificate | null
  /** Runs work after the response; its failure must not matter. */
  waitUntil: (work: Promise<unknown>) => void
  /** Adds the client to the log lines of this request, once it is known. */
  nameClient: (clientId: string) => void
  /** Sets the pattern of the path that answers this request, for its metrics. */
  nameRoute: (pattern: string) => void
  log: (event: LogEvent) => void
}
