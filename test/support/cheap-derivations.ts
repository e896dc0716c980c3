// Imported where tests set many passwords and none is about a hash: PBKDF2 runs one iteration. What a race
// or a run decides does not depend on how slow a hash is.
const deriveBits = crypto.subtle.deriveBits.bind(crypto.subtle)

crypto.subtle.deriveBits = (algorithm, key, length) =>
  typeof algorithm !== 'string' && algorithm.name === 'PBKDF2'
    ? deriveBits({ ...algorithm, iterations: 1 }, key, length)
    : deriveBits(algorithm, key, length)

export {}
