// Loaded before every test file. A password is hashed for real when it is set; where the same bits
// are asked for again, as each sign-in with that password does, they are given from memory. Without
// this the suite would do little else than derive them.

const passwords = new WeakMap<CryptoKey, string>()
const derived = new Map<string, Promise<ArrayBuffer>>()

const importKey = crypto.subtle.importKey.bind(crypto.subtle)
const deriveBits = crypto.subtle.deriveBits.bind(crypto.subtle)

crypto.subtle.importKey = async (format, data, algorithm, extractable, usages) => {
  const key = await importKey(format, data, algorithm, extractable, usages)
  if (algorithm === 'PBKDF2' && data instanceof Uint8Array) passwords.set(key, String(data))
  return key
}

crypto.subtle.deriveBits = (algorithm, key, length) => {
  const password = passwords.get(key)
  if (password === undefined || typeof algorithm === 'string')
    return deriveBits(algorithm, key, length)
  const { salt, iterations, hash } = algorithm
  if (!(salt instanceof Uint8Array)) return deriveBits(algorithm, key, length)
  const name = JSON.stringify([password, String(salt), iterations, hash, length])
  const known = derived.get(name) ?? deriveBits(algorithm, key, length)
  derived.set(name, known)
  return known
}
