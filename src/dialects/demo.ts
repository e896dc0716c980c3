// What `npm start` does for a dialect, as data. src/operator creates and prints it.

export type Demo = {
  /** The settings that `npm start` sets for the dialect. */
  settings: Readonly<Record<string, string>>
  /**
   * The passwords and secrets that the document prints, by names in capitals. They are public, so
   * random ones replace them if others can reach the server.
   */
  documented: Readonly<Record<string, string>>
  /** Returns users in the format of the admin interface. */
  users: (credential: Credential) => readonly DemoUser[]
  /** Returns clients in the format of the admin interface. */
  clients: (credential: Credential) => readonly DemoClient[]
  /** A client that gets a new identifier and secret at each boot. */
  drawnClient: object | null
  /** Returns the lines that the boot prints, with a command to try the dialect. */
  lines: (boot: DemoBoot) => string | null
}

/** Returns the credential with a name from `documented`, or its random replacement. */
export type Credential = (name: string) => string

export type DemoUser = {
  username: string
  email: string
  password: string
  name: string
  role?: string
}

export type DemoClient = { client_id: string; client_secret?: string } & Record<string, unknown>

type DemoBoot = {
  origin: string
  credential: Credential
  /** The password of the demo user `admin`. */
  adminPassword: string
  /** The identifier and secret that the admin interface created for `drawnClient`. */
  drawn: ClientCredentials | null
}

export type ClientCredentials = { id: string; secret: string }

/** A demo without users, clients or lines. */
export const noDemo: Demo = {
  settings: {},
  documented: {},
  users: () => [],
  clients: () => [],
  drawnClient: null,
  lines: () => null,
}
