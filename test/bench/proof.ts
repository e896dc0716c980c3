// The key of an application that binds its tokens, and the proofs that it makes of it (RFC 9449 4.2).

export type ProofKey = {
  /** A proof for a POST to `address` now; `nonce` is the last that the server gave. */
  prove: (address: string, nonce: string | undefined) => Promise<string>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function newProofKey(): Promise<ProofKey> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('ECDSA keys come in pairs')
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  if (jwk instanceof ArrayBuffer) throw new Error('a JWK is not bytes')
  const { kty, crv, x, y } = jwk
  const header = encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
  const prove: ProofKey['prove'] = async (address, nonce) => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { jti: crypto.randomUUID(), htm: 'POST', htu: address, iat, nonce }
    const content = `${header}.${encoded(claims)}`
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, Buffer.from(content))
    return `${content}.${Buffer.from(signature).toString('base64url')}`
  }
  return { prove }
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
