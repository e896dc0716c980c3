// A worker behind bindings that count their calls and can be far away. `subject` is the worker that
// the bundler is told to put there. Not for timing CPU: counting costs some, too.
import subject from 'subject'
import { LocalCache } from './local-cache.ts'

/** Calls since the last look, by binding and method; `waits`: those that one after another waited. */
let calls: Record<string, number> = {}
let waits = 0
let deepestEnded = 0

/** What the platform would put on its bill. */
const nothing = { requests: 0, rowsRead: 0, rowsWritten: 0, keysRead: 0, keysWritten: 0 }
let billed = { ...nothing }

async function metered(
  name: string,
  delay: number,
  call: () => Promise<unknown>,
): Promise<unknown> {
  calls[name] = (calls[name] ?? 0) + 1
  const depth = deepestEnded + 1
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  try {
    const outcome = await call()
    for (const one of Array.isArray(outcome) ? outcome : [outcome]) billRows(one)
    return outcome
  } finally {
    deepestEnded = Math.max(deepestEnded, depth)
  }
}

/** D1 tells with each result how many rows it read and wrote, those of indexes among them. */
function billRows(result: unknown): void {
  if (typeof result !== 'object' || result === null || !('meta' in result)) return
  const { rows_read = 0, rows_written = 0 } = result.meta as Partial<D1Meta>
  billed.rowsRead += rows_read
  billed.rowsWritten += rows_written
}

/** Milliseconds for a call; a read of KV by whether it finds its keys in the local cache. */
type KvDelays = { hot: number; cold: number; write: number }

const localCache = new LocalCache()

function kvDelay(method: string, keys: unknown, { hot, cold, write }: KvDelays): number {
  const named = (Array.isArray(keys) ? keys : [keys]).map(String)
  if (method.startsWith('get')) return localCache.reads(named) ? hot : cold
  // A list is always made by the central stores.
  if (method === 'list') return cold
  for (const key of named) localCache.writes(key)
  return write
}

/** Of KV each key counts, also in a call for several. */
function billKeys(method: string, keys: unknown): void {
  const count = Array.isArray(keys) ? keys.length : 1
  if (method.startsWith('get')) billed.keysRead += count
  else billed.keysWritten += count
}

const realStatements = new WeakMap<D1PreparedStatement, D1PreparedStatement>()

function statement(real: D1PreparedStatement, delay: number): D1PreparedStatement {
  const proxy = new Proxy(real, {
    get(target, name) {
      if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values), delay)
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...parameters: unknown[]) =>
        metered('D1', delay, () => Reflect.apply(method, target, parameters))
    },
  })
  realStatements.set(proxy, real)
  return proxy
}

const database = (real: D1Database, delay: number): D1Database =>
  new Proxy(real, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => statement(target.prepare(sql), delay)
      if (name === 'batch') {
        return (statements: D1PreparedStatement[]) =>
          metered('D1 batch', delay, () =>
            target.batch(statements.map((one) => realStatements.get(one) ?? one)),
          )
      }
      const method: unknown = Reflect.get(target, name)
      return typeof method === 'function' ? method.bind(target) : method
    },
  })

const namespace = (real: KVNamespace, delays: KvDelays): KVNamespace =>
  new Proxy(real, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...parameters: unknown[]) => {
        billKeys(String(name), parameters[0])
        const delay = kvDelay(String(name), parameters[0], delays)
        return metered(`KV ${String(name)}`, delay, () => Reflect.apply(method, target, parameters))
      }
    },
  })

const isDatabase = (binding: unknown): binding is D1Database =>
  typeof binding === 'object' && binding !== null && 'prepare' in binding && 'batch' in binding
const isNamespace = (binding: unknown): binding is KVNamespace =>
  typeof binding === 'object' && binding !== null && 'getWithMetadata' in binding

function environment(real: Record<string, unknown>): Record<string, unknown> {
  const far = (name: string) => Number(real[name] ?? 0)
  const kvDelays = {
    hot: far('BENCH_KV_HOT_DELAY'),
    cold: far('BENCH_KV_COLD_DELAY'),
    write: far('BENCH_KV_WRITE_DELAY'),
  }
  const wrapped = Object.entries(real).map(([name, binding]) => {
    if (isDatabase(binding)) return [name, database(binding, far('BENCH_D1_DELAY'))]
    if (isNamespace(binding)) return [name, namespace(binding, kvDelays)]
    return [name, binding]
  })
  return Object.fromEntries(wrapped)
}

// The same object for every request, as in a deployment: workers remember by it.
const environments = new WeakMap<object, Record<string, unknown>>()

export default {
  async fetch(request, real, context): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/__cache') {
      const person = searchParams.get('share')
      if (person !== null) localCache.share(person)
      localCache.forget()
      return new Response(null, { status: 204 })
    }
    if (pathname === '/__storage') {
      const counted = { calls, waits, billed }
      calls = {}
      waits = 0
      billed = { ...nothing }
      return Response.json(counted)
    }
    const env = environments.get(real) ?? environment(real)
    environments.set(real, env)
    deepestEnded = 0
    billed.requests++
    const answer = await subject.fetch(request, env, context)
    waits += deepestEnded
    return answer
  },
} satisfies ExportedHandler<Record<string, unknown>>
