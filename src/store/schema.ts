// Every table of D1, and the only place that declares a column. Instants are NumericDate seconds
// with a millisecond fraction (REAL, `_at`), so that "before" and "after" hold within one second.
// No column holds a usable secret: digests are SHA-256, private keys and provider secrets are
// wrapped under a MASTER_KEY sub-key, passwords are hashes sealed under another.
export * from './schema/grants.ts'
export * from './schema/people.ts'
export * from './schema/server.ts'
