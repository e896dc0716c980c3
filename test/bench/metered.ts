// A worker behind bindings that count their calls and can be far away. `subject` is the worker that
// the bundler is told to put there. Not for timing CPU: counting costs some, too.
import subject from 'subject'

/** Calls since the last look, by binding and method; `waits`: those that one after another waited. */
let calls: Record<string, number> = {}
let waits = 0
let deepestEnded = 0

async function metered(
  name: string,
  delay: number,
  call: () => Promise<unknown>,
): Promise<unknown> {
  calls[name] = (calls[name] ?? 0) + 1
  const depth = deepestEnded + 1
  if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
  try {
    return await call()
  } finally {
    deepestEnded = Math.max(deepestEnded, depth)
  }
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

const namespace = (real: KVNamespace, delay: number): KVNamespace =>
  new Proxy(real, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...parameters: unknown[]) =>
        metered(`KV ${String(name)}`, delay, () => Reflect.apply(method, target, parameters))
    },
  })

const isDatabase = (binding: unknown): binding is D1Database =>
  typeof binding === 'object' && binding !== null && 'prepare' in binding && 'batch' in binding
const isNamespace = (binding: unknown): binding is KVNamespace =>
  typeof binding === 'object' && binding !== null && 'getWithMetadata' in binding

function environment(real: Record<string, unknown>): Record<string, unknown> {
  const far = (name: string) => Number(real[name] ?? 0)
  const wrapped = Object.entries(real).map(([name, binding]) => {
    if (isDatabase(binding)) return [name, database(binding, far('BENCH_D1_DELAY'))]
    if (isNamespace(binding)) return [name, namespace(binding, far('BENCH_KV_DELAY'))]
    return [name, binding]
  })
  return Object.fromEntries(wrapped)
}

// The same object for every request, as in a deployment: workers remember by it.
const environments = new WeakMap<object, Record<string, unknown>>()

export default {
  async fetch(request, real, context): Promise<Response> {
    if (new URL(request.url).pathname === '/__storage') {
      const counted = { calls, waits }
      calls = {}
      waits = 0
      return Response.json(counted)
    }
    const env = environments.get(real) ?? environment(real)
    environments.set(real, env)
    deepestEnded = 0
    const answer = await subject.fetch(request, env, context)
    waits += deepestEnded
    return answer
  },
} satisfies ExportedHandler<Record<string, unknown>>
