// The limit of the platform: each route does nothing but what its jobs cannot avoid. No framework, no
// library, no checks. What a job costs over its route is what a server adds.

type LimitEnv = { DB: D1Database; KV: KVNamespace }
type Work = (env: LimitEnv, context: ExecutionContext) => Promise<object>

const text = new TextEncoder()
const base64url = (bytes: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const fromBase64url = (encoded: string): string =>
  atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
let pair: Promise<CryptoKeyPair> | undefined
let known: Promise<string> | undefined
let exported: Promise<ArrayBuffer | JsonWebKey> | undefined

// `generateKey` is typed for all algorithms at once; this one makes pairs.
const isPair = (key: CryptoKey | CryptoKeyPair): key is CryptoKeyPair => 'privateKey' in key
const keys = () =>
  (pair ??= crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']).then((made) => {
    if (!isPair(made)) throw new Error('ECDSA keys come in pairs')
    return made
  }))

async function sign(): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://limit', sub: 'u1', aud: 'https://api', exp: now + 600, iat: now }
  const parts = [
    { alg: 'ES256', typ: 'at+jwt', kid: 'k1' },
    { ...claims, jti: random() },
  ]
  const content = parts.map((part) => base64url(text.encode(JSON.stringify(part)))).join('.')
  const { privateKey } = await keys()
  return `${content}.${base64url(await crypto.subtle.sign(algorithm, privateKey, text.encode(content)))}`
}

async function verify(publicKey?: CryptoKey): Promise<boolean> {
  const token = await (known ??= sign())
  const dot = token.lastIndexOf('.')
  const signature = Uint8Array.from(fromBase64url(token.slice(dot + 1)), (byte) =>
    byte.charCodeAt(0),
  )
  JSON.parse(fromBase64url(token.split('.')[1] ?? ''))
  const key = publicKey ?? (await keys()).publicKey
  return crypto.subtle.verify(algorithm, key, signature, text.encode(token.slice(0, dot)))
}

/** A proof of possession brings its key along (RFC 9449 4.2), so that it has to be imported. */
async function verifyProof(): Promise<boolean> {
  const jwk = await (exported ??= keys().then(({ publicKey }) =>
    crypto.subtle.exportKey('jwk', publicKey),
  ))
  if (jwk instanceof ArrayBuffer) throw new Error('a JWK is not bytes')
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  return verify(key)
}

const read = (env: LimitEnv) => env.DB.prepare('SELECT * FROM facts WHERE id = ?1').bind('f1').all()

const write = (env: LimitEnv) => {
  const id = random()
  return env.DB.batch([
    env.DB.prepare('INSERT INTO notes (id, body) VALUES (?1, ?2)').bind(id, random()),
    env.DB.prepare('SELECT * FROM facts WHERE id = ?1').bind('f1'),
  ])
}

/** A record of a grant, put after the response: one key a grant, as many as there are connections. */
const putLater = (env: LimitEnv, context: ExecutionContext): void => {
  const [lane = 0] = crypto.getRandomValues(new Uint8Array(1))
  const record = random().repeat(20)
  context.waitUntil(env.KV.put(`grant:${lane % 32}`, record, { expirationTtl: 2_592_000 }))
}

/** Six chained calls of 100,000 iterations: what a password costs and nothing else. */
async function hashPassword(): Promise<string> {
  const password = text.encode('correct horse battery staple')
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  let salt = new ArrayBuffer(16)
  for (let round = 0; round < 6; round++) {
    const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 100_000 }
    salt = await crypto.subtle.deriveBits(parameters, key, 256)
  }
  return base64url(salt)
}

const routes: Record<string, Work> = {
  '/hello': async () => ({ hello: 'world' }),
  '/sign': async () => ({ token: await sign() }),
  '/verify+d1+kv': async (env) => {
    const valid = await verify()
    const [row] = await Promise.all([read(env), env.KV.get(['r1', 'r2'], 'text')])
    return { valid, ...row.results[0] }
  },
  '/d1': async (env) => ({ ...(await read(env)).results[0] }),
  '/sign+d1batch+kvput': async (env, context) => {
    await write(env)
    putLater(env, context)
    return { token: await sign() }
  },
  '/sign2+d1batch+kvput': async (env, context) => {
    await write(env)
    putLater(env, context)
    return { token: await sign(), id: await sign() }
  },
  '/prove+sign+d1batch+kvput': async (env, context) => {
    const proved = await verifyProof()
    await write(env)
    putLater(env, context)
    return { proved, token: await sign() }
  },
  '/prove+sign2+d1batch+kvput': async (env, context) => {
    const proved = await verifyProof()
    await write(env)
    putLater(env, context)
    return { proved, token: await sign(), id: await sign() }
  },
  '/d1+d1batch': async (env) => {
    const row = await read(env)
    return { written: (await write(env)).length, ...row.results[0] }
  },
  '/2d1+d1batch': async (env) => {
    const [row] = await Promise.all([read(env), read(env)])
    return { written: (await write(env)).length, ...row.results[0] }
  },
  '/password': async () => ({ hash: await hashPassword() }),
}

async function setUp(env: LimitEnv): Promise<object> {
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE IF NOT EXISTS facts (id TEXT PRIMARY KEY, body TEXT, at REAL)'),
    env.DB.prepare('CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, body TEXT)'),
    env.DB.prepare(`INSERT OR IGNORE INTO facts VALUES ('f1', 'a row of some length', 1.5)`),
  ])
  return {}
}

export default {
  async fetch(request, env, context): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/set-up') return Response.json(await setUp(env))
    const work = routes[pathname]
    return work === undefined
      ? new Response(null, { status: 404 })
      : Response.json(await work(env, context), { headers: { 'Cache-Control': 'no-store' } })
  },
} satisfies ExportedHandler<LimitEnv>
