// What costs much and decides nothing here: a password is hashed by one round, and RSA keys come out of a
// small stock. Imported before anything makes a user or a key.

const deriveBits = crypto.subtle.deriveBits.bind(crypto.subtle)
const generateKey = crypto.subtle.generateKey.bind(crypto.subtle)

crypto.subtle.deriveBits = (algorithm, key, length) =>
  typeof algorithm !== 'string' && algorithm.name === 'PBKDF2'
    ? deriveBits({ ...algorithm, iterations: 1 }, key, length)
    : deriveBits(algorithm, key, length)

/** More than one run makes. */
const most = 8
const stock: Promise<CryptoKey | CryptoKeyPair>[] = []
let drawn = 0

crypto.subtle.generateKey = (algorithm, extractable, usages) => {
  if (typeof algorithm === 'string' || algorithm.name !== 'RSASSA-PKCS1-v1_5')
    return generateKey(algorithm, extractable, usages)
  const place = drawn++ % most
  return (stock[place] ??= generateKey(algorithm, extractable, usages))
}

export {}
