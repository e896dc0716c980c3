// Imported where a round sets passwords: what a race decides does not depend on how slow a hash is.
const derive = crypto.subtle.deriveBits.bind(crypto.subtle)

crypto.subtle.deriveBits = (algorithm, key, length) =>
  typeof algorithm === 'object' && algorithm.name === 'PBKDF2'
    ? derive({ ...algorithm, iterations: 1 }, key, length)
    : derive(algorithm, key, length)

export {}
