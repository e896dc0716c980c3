// RSA keys from a small stock: making one costs more than a whole run of the model, and decides nothing.
// Imported before anything makes a key.
const generateKey = crypto.subtle.generateKey.bind(crypto.subtle)

/** More keys than one run makes. */
const size = 8
const stock: Promise<CryptoKey | CryptoKeyPair>[] = []
let drawn = 0

crypto.subtle.generateKey = (algorithm, extractable, usages) => {
  if (typeof algorithm === 'string' || algorithm.name !== 'RSASSA-PKCS1-v1_5')
    return generateKey(algorithm, extractable, usages)
  const place = drawn++ % size
  return (stock[place] ??= generateKey(algorithm, extractable, usages))
}

export {}
