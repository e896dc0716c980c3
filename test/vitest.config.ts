// Four projects: tests of pure functions, in Node alone and within seconds; tests in workerd (nearly
// all); tests that drive the Node scripts, and those of them that boot whole servers. Every test file belongs to exactly one of them.
import { type D1Migration, cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { unstable_readConfig as readWranglerConfig } from 'wrangler'
import { testSettings } from './support/settings.ts'
import plainConfig, { plain } from './vitest.plain.config.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    migrations: D1Migration[]
  }
}

const projectFolder = join(import.meta.dirname, '..')
const wrangler = readWranglerConfig({ config: join(projectFolder, 'wrangler.toml') })

const libraries = [
  'drizzle-orm',
  'drizzle-orm/sqlite-core',
  'hono',
  'hono/hono-base',
  'hono/html',
  'hono/router/trie-router',
  'jose',
  'valibot',
]

/** Tests of programs that boot no server of ours: they may run beside others. */
const serverless = [
  ...['output', 'terminal', 'unreachable', 'usage'].map((name) => `test/cli/${name}.test.ts`),
  ...['deploy', 'start-options'].map((name) => `test/operator/${name}.test.ts`),
  'test/script-options.test.ts',
  'test/vitest-run.test.ts',
]

export default defineConfig({
  test: {
    // What the worker logs is tested where it matters, and would bury what the tests say.
    onConsoleLog: (text) => !text.startsWith('{"event":'),
    // By itself vitest leaves a core to itself, and on two cores one file waits for the other.
    maxWorkers: 2,
    projects: [
      plainConfig,
      {
        root: projectFolder,
        plugins: [
          // Not by `configPath`, which would let a `.dev.vars` into the tests.
          cloudflareTest({
            main: 'src/index.ts',
            miniflare: {
              compatibilityDate: wrangler.compatibility_date,
              compatibilityFlags: wrangler.compatibility_flags,
              d1Databases: wrangler.d1_databases.map(({ binding }: { binding: string }) => binding),
              kvNamespaces: wrangler.kv_namespaces.map(
                ({ binding }: { binding: string }) => binding,
              ),
              bindings: testSettings,
              // As wrangler has it by itself.
              modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
            },
          }),
        ],
        test: {
          name: 'worker',
          isolate: false,
          runner: 'test/fresh-modules.ts',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [...plain, ...serverless, 'test/{operator,agents,cli,browser,bench}/**'],
          setupFiles: [
            'test/storage.ts',
            'test/support/remember-derivations.ts',
            'test/gates/every-statement.ts',
          ],
          // A password hash is slow on purpose, and slower where others use the machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          globalSetup: ['test/federation/servers/setup.ts'],
          provide: { migrations: await readD1Migrations(join(projectFolder, 'migrations')) },
          sequence: { groupOrder: 0 },
          // Each file loads the whole worker: a library as one module instead of hundreds.
          deps: { optimizer: { ssr: { enabled: true, include: libraries } } },
        },
      },
      {
        root: projectFolder,
        test: {
          name: 'scripts',
          include: serverless,
          sequence: { groupOrder: 0 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        root: projectFolder,
        resolve: {
          alias: { 'cloudflare:workers': join(projectFolder, 'test/agents/no-worker.ts') },
        },
        test: {
          name: 'operator',
          include: ['test/{operator,agents,cli}/**/*.test.ts'],
          exclude: [...plain, ...serverless],
          // These boot whole servers: after the others, and one at a time.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 60_000,
          // A server that boots on a machine that is busy with other things takes more than a minute.
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
