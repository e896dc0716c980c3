import { describe, expect, it } from 'vitest'

// src by path ("core/exchange/token.ts"), and what each file imports; env.d.ts is generated.
const sources = Object.entries(
  import.meta.glob<string>(['../src/**/*.{ts,tsx}', '!../src/env.d.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).map(([path, text]) => ({ path: path.replace('../src/', ''), text, imports: importsOf(text) }))

// protocol <- crypto <- core <- { store, http, federation, pages } <- { endpoints, dialects, admin }
// <- console <- index
const core = ['protocol', 'crypto', 'core']
const faces = [...core, 'http', 'federation', 'pages']
const layers: Record<string, string[]> = {
  protocol: ['protocol'],
  crypto: ['protocol', 'crypto'],
  core,
  store: [...core, 'store'],
  http: [...core, 'http'],
  federation: [...core, 'federation'],
  mail: [...core, 'federation', 'mail'],
  pages: [...core, 'pages'],
  endpoints: [...faces, 'endpoints'],
  dialects: [...faces, 'dialects'],
  admin: [...faces, 'admin'],
  // Pages that lead through the steps, for what the admin interface does.
  console: [...faces, 'endpoints', 'admin', 'console'],
  // What other workers import: small, and nothing of the server.
  kit: ['protocol', 'crypto', 'kit'],
  operator: [...core, 'dialects', 'operator'],
  // A program of its own, which talks to the server by HTTP alone.
  cli: ['protocol', 'operator', 'cli'],
  index: [...faces, 'store', 'mail', 'endpoints', 'dialects', 'admin', 'console', 'kit', 'index'],
}

// server <- clients <- people <- { tokens, providers } <- authorization <- exchange
const people = ['server', 'clients', 'people']
const authorization = [...people, 'tokens', 'providers', 'authorization']
const rooms: Record<string, string[]> = {
  server: ['server'],
  clients: ['server', 'clients'],
  people,
  tokens: [...people, 'tokens'],
  providers: [...people, 'providers'],
  authorization,
  exchange: [...authorization, 'exchange'],
}

// One owner a dependency: who else needs it asks its owner.
const owners: Record<string, string[]> = {
  hono: ['http', 'pages', 'endpoints', 'dialects', 'admin', 'console', 'kit', 'index'],
  'drizzle-orm': ['store'],
  // Not in the worker: `verifyByKeys` of the kit alone, in somebody else's server.
  jose: ['kit'],
  argon2id: ['crypto'],
  valibot: ['protocol'],
  // The worker loads node:crypto alone, and only for hashes that WebCrypto cannot compute.
  node: ['crypto', 'operator', 'cli'],
  'cloudflare:workers': ['index'],
  'cloudflare:sockets': ['mail'],
  wrangler: ['operator'],
  esbuild: ['operator'],
  terser: ['operator'],
  'smtp-server': ['operator'],
  mailparser: ['operator'],
  commander: ['cli'],
  'string-width': ['cli'],
  uqr: ['pages'],
  yaml: ['cli'],
}

describe('the one-way rule', () => {
  it.each(Object.keys(layers))('%s imports nothing but itself and what is below', (layer) => {
    const upward = within(layer).flatMap(({ path, imports }) =>
      imports
        .filter((target) => target.startsWith('.'))
        .filter((target) => layers[layer]?.includes(layerOf(resolve(path, target))) !== true)
        .map((target) => `${path} -> ${target}`),
    )
    expect(upward).toEqual([])
  })

  it('has a place for every file', () => {
    const astray = sources.filter(({ path }) => layers[layerOf(path)] === undefined)
    expect(astray.map(({ path }) => path)).toEqual([])
  })
})

describe('the command line', () => {
  it('loads nothing of the worker, so that it starts at once', () => {
    const reached = new Set<string>()
    const waiting = ['cli/postern.ts']
    for (const path of waiting) {
      if (reached.has(path)) continue
      reached.add(path)
      const { imports = [] } = sources.find((source) => source.path === path) ?? {}
      waiting.push(
        ...imports
          .filter((target) => target.startsWith('.'))
          .map((target) => resolve(path, target)),
      )
    }
    const layersReached = new Set([...reached].map(layerOf))
    expect(
      [...layersReached].filter((layer) => !['cli', 'operator', 'protocol'].includes(layer)),
    ).toEqual([])
    expect(reached).toContain('cli/nouns/users.ts')
  })
})

describe('the rooms of the core', () => {
  // What every decision is made with: the sum of the rooms, which all of them name.
  const sum = 'core/authorization-server.ts'

  it.each(Object.keys(rooms))('%s imports nothing but itself and the rooms below', (room) => {
    const upward = within('core')
      .filter(({ path }) => roomOf(path) === room)
      .flatMap(({ path, imports }) =>
        imports
          .filter((target) => target.startsWith('.'))
          .map((target) => resolve(path, target))
          .filter((target) => layerOf(target) === 'core' && target !== sum)
          .filter((target) => rooms[room]?.includes(roomOf(target)) !== true)
          .map((target) => `${path} -> ${target}`),
      )
    expect(upward).toEqual([])
  })

  it('every file is in a room but the sum of them, which is types alone', () => {
    const astray = within('core').filter(({ path }) => rooms[roomOf(path)] === undefined)
    expect(astray.map(({ path }) => path)).toEqual([sum])
    expect(astray.filter(({ text }) => hasValues(text))).toEqual([])
  })

  it('records and storage ports are types alone, in the storage.ts of their room', () => {
    const storage = within('core').filter(({ path }) => path.endsWith('/storage.ts'))
    expect(storage.filter(({ text }) => hasValues(text)).map(({ path }) => path)).toEqual([])
    const ports = within('core').filter(({ text }) => /^export type \w+Store = /m.test(text))
    expect(ports.filter((file) => !storage.includes(file)).map(({ path }) => path)).toEqual([])
  })
})

describe('a dialect is sealed: it is its folder, its tests and its line in the list', () => {
  const list = 'dialects/dialects.ts'
  const folders = [...new Set(sources.map(({ path }) => dialectOf(path)))].filter(
    (name) => name !== undefined,
  )

  it('the list has every folder', () => {
    const listed = sources.find(({ path }) => path === list)?.imports ?? []
    expect(listed.filter((target) => target.endsWith('/dialect.ts')).sort()).toEqual(
      ['./dialect.ts', ...folders.map((name) => `./${name}/dialect.ts`).sort()].sort(),
    )
  })

  it('its folder is imported by the list alone', () => {
    const prying = sources.flatMap(({ path, imports }) =>
      imports
        .map((target) => (target.startsWith('.') ? resolve(path, target) : ''))
        .filter(
          (target) => dialectOf(target) !== undefined && dialectOf(target) !== dialectOf(path),
        )
        .map((target) => `${path} -> ${target}`),
    )
    expect(prying.filter((found) => !found.startsWith(`${list} ->`))).toEqual([])
  })

  it('it imports of all dialects only what a dialect is', () => {
    const ofAll = within('dialects')
      .filter(({ path }) => dialectOf(path) !== undefined)
      .flatMap(({ path, imports }) => imports.map((target) => resolve(path, target)))
      .filter((target) => layerOf(target) === 'dialects' && dialectOf(target) === undefined)
    expect([...new Set(ofAll)].sort()).toEqual(['dialects/demo.ts', 'dialects/dialect.ts'])
  })

  // Further names of the systems behind them.
  const aliases = ['kustvakt', 'kalamar', 'mojolicious', 'salesforce']

  // A service of the same name, of which no word can be another.
  const namesake = /TURNSTILE_(?:SITE_KEY|SECRET|URL)|(?:cf-|\/)turnstile\b/g

  it('nothing else knows its name', () => {
    const spelled = folders.map((name) => name.replaceAll('-', '[-_ ]?'))
    const names = new RegExp([...spelled, ...aliases].join('|'), 'i')
    const knowing = sources
      .filter(({ path }) => dialectOf(path) === undefined && path !== list)
      .flatMap(({ path, text }) =>
        text
          .split('\n')
          .filter((line) => names.test(line.replaceAll(namesake, '')))
          .map((line) => `${path}: ${line.trim()}`),
      )
    expect(knowing).toEqual([])
  })
})

describe('steps', () => {
  const folder = 'core/authorization/steps/'
  const files = sources.filter(({ path }) => path.startsWith(folder) && !/\/steps?\.ts$/.test(path))

  it('the list has every file of its folder', () => {
    const listed = sources.find(({ path }) => path === `${folder}steps.ts`)?.imports ?? []
    expect([...listed].sort()).toEqual(files.map(({ path }) => path.replace(folder, './')).sort())
  })

  it('the path of each is spelled in its file alone', () => {
    const paths = files.map(({ text }) => /^ {2}path: '([^']+)',$/m.exec(text)?.[1])
    expect(paths).not.toContain(undefined)
    const spelling = sources
      .filter((file) => !files.includes(file))
      .filter(({ text }) => paths.some((path) => new RegExp(`['"\`]${path}['"\`?]`).test(text)))
    expect(spelling.map(({ path }) => path)).toEqual([])
  })
})

describe('grants', () => {
  it('the table of the token endpoint has every file of their folder', () => {
    const folder = 'core/exchange/grants/'
    const table = sources.find(({ path }) => path === 'core/exchange/token.ts')
    const files = sources.map(({ path }) => path).filter((path) => path.startsWith(folder))
    const listed = (table?.imports ?? []).filter((target) => target.startsWith('./grants/'))
    expect(listed.map((target) => `core/exchange/${target.slice(2)}`).sort()).toEqual(files.sort())
  })
})

describe('what a browser brings along', () => {
  it('is read from its cookies in one place', () => {
    const readers = sources.filter(({ text }) => /\b(readCookie|getCookie)\(context/.test(text))
    const own = readers.filter(({ path }) => dialectOf(path) === undefined)
    expect(own.map(({ path }) => path)).toEqual(['http/browser.ts', 'http/cookies.ts'])
  })

  it('counters of tries stay with who counts them', () => {
    const knowing = sources.filter(({ text }) => text.includes('provedBuckets'))
    expect([...new Set(knowing.map(({ path }) => path.split('/').slice(0, -1).join('/')))]).toEqual(
      ['core/people', 'store'],
    )
  })
})

describe('endpoints', () => {
  const table = 'endpoints/table.ts'

  it('do not import each other: the table and the app of the account alone know them', () => {
    const endpoints = within('endpoints')
      .filter(({ text }) => /^export (const|function) .*EndpointGroup\b/m.test(text))
      .map(({ path }) => path)
      .filter((path) => path !== table)
    const importers = sources.filter(({ path, imports }) =>
      imports.some((target) => target.startsWith('.') && endpoints.includes(resolve(path, target))),
    )
    expect(importers.map(({ path }) => path)).toEqual(['endpoints/account-app.ts', table])
  })
})

describe('the owners of dependencies', () => {
  it.each(Object.keys(owners))('%s is imported by its owners alone', (dependency) => {
    const strangers = sources.filter(
      ({ path, imports }) =>
        imports.some((target) => packageOf(target) === dependency) &&
        owners[dependency]?.includes(layerOf(path)) !== true,
    )
    expect(strangers.map(({ path }) => path)).toEqual([])
  })

  it('there are no others in the worker', () => {
    const foreign = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !target.startsWith('.') && owners[packageOf(target)] === undefined)
        .map((target) => `${path} -> ${target}`),
    )
    expect(foreign).toEqual([])
  })

  it('passwords are verified in one place, so that every way to sign in counts tries', () => {
    const callers = sources.filter(({ text }) => /\bverifyPassword\(/.test(code(text)))
    expect(callers.map(({ path }) => path).sort()).toEqual([
      'core/people/sign-in.ts',
      'crypto/password.ts',
    ])
  })

  it('PBKDF2 is computed in one file: production rejects calls that local workerd accepts', () => {
    const callers = sources
      .filter(({ path }) => layerOf(path) !== 'cli')
      .filter(({ text }) => /'PBKDF2'|pbkdf2Sync/.test(code(text)))
    expect(callers.map(({ path }) => path)).toEqual(['crypto/pbkdf2.ts'])
  })

  it('the clock is read where requests come in alone, once for each', () => {
    const readers = sources
      .filter(({ path }) => layerOf(path) !== 'cli')
      .filter(({ text }) => /Date\.now\(|new Date\(\)/.test(code(text)))
    const doors = [
      'access-tokens.ts',
      'index.ts',
      'kit/protect-resource.ts',
      'operator/mail-box.ts',
    ]
    expect(readers.map(({ path }) => path).sort()).toEqual(doors)
  })
})

describe('files', () => {
  it('have 350 lines at most', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 351)
    expect(long.map(({ path }) => path)).toEqual([])
  })

  it('are no barrels', () => {
    const barrels = sources.filter(
      ({ path, text }) =>
        /^export (type )?(\*|\{[^}]*\}) .*from '\./m.test(text) || /.\/index\.tsx?$/.test(path),
    )
    expect(barrels.map(({ path }) => path)).toEqual([])
  })

  it('are named after a concept, in kebab case', () => {
    const drawers = /^(utils?|helpers?|common|services?|types|misc|shared|lib)$/
    const misnamed = sources.filter(({ path }) =>
      path
        .replace(/(\.d)?\.tsx?$/, '')
        .split('/')
        .some((name) => drawers.test(name) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)),
    )
    expect(misnamed.map(({ path }) => path)).toEqual([])
  })

  it('leave nothing unchecked by the compiler', () => {
    const evasive = sources.filter(
      ({ text }) =>
        /@ts-(ignore|expect-error|nocheck)/.test(text) ||
        /(:|\bas|<) ?any\b|\bas unknown as\b/.test(code(text)),
    )
    expect(evasive.map(({ path }) => path)).toEqual([])
  })
})

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /^(?:import|export)\s[^'";]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

const within = (layer: string) => sources.filter(({ path }) => layerOf(path) === layer)
/** What is in no folder is the composition root: index.ts and its parts. */
const layerOf = (path: string) => (path.includes('/') ? path.split('/')[0] : 'index') ?? ''
/** The room of the core that a file is in. */
const roomOf = (path: string) => /^core\/([^/]+)\//.exec(path)?.[1] ?? ''
const hasValues = (text: string) => /^(import|export) (?!type )/m.test(text)
/** The dialect whose folder a file is in; undefined for a file that is no dialect's. */
const dialectOf = (path: string) => /^dialects\/([^/]+)\//.exec(path)?.[1]
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

const resolve = (from: string, target: string) =>
  new URL(target, `file:///${from}`).pathname.slice(1)

const packageOf = (target: string) =>
  target.startsWith('node:') ? 'node' : (/^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '')
