// How many requests a flood has: few by `npm test`, more by `npm run test:abuse -- --rounds 500`.

/** Requests of each flood. */
export const rounds = Number(import.meta.env['VITE_ABUSE_ROUNDS'] ?? 10)

/** Time for them, beside that of every test. */
export const longer = { testTimeout: 30_000 + rounds * 1_000 }
