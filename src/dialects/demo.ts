// What `npm start` does for a dialect. Data only: src/operator creates and prints it.

export type Demo = {
  /** The settings that `npm start` turns on for it. */
  settings: Readonly<Record<string, string>>
  /**
   * The passwords and secrets that its document prints, each by a name in capitals. Everybody knows
   * them, so random ones stand in where others can reach the server.
   */
  documented: Readonly<Record<string, string>>
  /** Users, as the admin interface takes them. */
  users: (credential: Credential) => readonly DemoUser[]
  /** Clients, as the admin interface takes them. */
  clients: (credential: Credential) => readonly DemoClient[]
  /** A client whose identifier and secret are drawn anew at each boot. */
  drawnClient: object | null
  /** The lines that the boot prints: how to try the dialect. */
  lines: (boot: DemoBoot) => string | null
}

/** Returns the credential with a name in `documented`, which may be a random one. */
export type Credential = (name: string) => string

export type DemoUser = {
  username: string
  email: string
  password: string
  name: string
  role?: string
}

export type DemoClient = { client_id: string; client_secret?: string } & Record<string, unknown>

export type DemoBoot = {
  origin: string
  credential: Credential
  /** The password of the demo user `admin`. */
  adminPassword: string
  /** What the admin interface drew for `drawnClient`. */
  drawn: ClientCredentials | null
}

export type ClientCredentials = { id: string; secret: string }

/** A demo with nothing in it. */
export const noDemo: Demo = {
  settings: {},
  documented: {},
  users: () => [],
  clients: () => [],
  drawnClient: null,
  lines: () => null,
}
