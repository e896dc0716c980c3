// What `wrangler deploy` would upload, made without uploading it, and how large it is.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

export const projectFolder = join(import.meta.dirname, '..', '..')
const ownBundle = join(projectFolder, '.wrangler', 'worker')
const wrangler = join(projectFolder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

/** Resolves what comes along with wrangler (miniflare, workerd) and is no dependency of ours. */
export const wranglerRequire = createRequire(wrangler)

/** A bundled worker: the script that every isolate starts with, and what it loads later. */
export type Bundle = {
  folder: string
  script: string
  /** Further scripts and WebAssembly modules. */
  late: readonly string[]
  /** Of everything together. */
  bytes: number
  gzipBytes: number
  /** Of the script that every isolate starts with. */
  startGzipBytes: number
  /** Bytes in the bundle by package, or by folder of `src`; the largest first. */
  parts: readonly [name: string, bytes: number][]
}

type BundlePlan = {
  /** What wrangler bundles by itself; absent = the configuration says how its worker is bundled. */
  main?: string | undefined
  /** The wrangler configuration: compatibility date and flags come from there. */
  config: string
  /** Where the bundle goes. */
  folder: string
  /** Not minified, so that a profile has names. */
  readable?: boolean | undefined
  /** Names that the source imports, and the files that stand for them. */
  alias?: Record<string, string>
}

/** Bundles as a deployment would: minified, into one file. */
export async function bundle(plan: BundlePlan): Promise<Bundle> {
  const { main, config, folder, alias = {}, readable = false } = plan
  const aliases = Object.entries(alias).flatMap(([name, path]) => ['--alias', `${name}:${path}`])
  const form = readable ? ['--minify=false'] : ['--minify']
  const byWrangler = main === undefined ? [] : [main, '--bundle', '--metafile', ...form]
  const command = ['deploy', ...byWrangler, '--dry-run', `--outdir=${folder}`]
  await promisify(execFile)(
    process.execPath,
    [wrangler, ...command, `--config=${config}`, ...aliases],
    {
      cwd: projectFolder,
      env: {
        ...process.env,
        ...(main === undefined ? {} : { POSTERN_BUNDLE: 'off' }),
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        WRANGLER_WRITE_LOGS: 'false',
      },
    },
  )
  const script = `${basename(main ?? 'index').replace(/\.\w+$/, '')}.js`
  const metafile = join(main === undefined ? ownBundle : folder, 'bundle-meta.json')
  const late = readdirSync(folder).filter((name) => /\.(?:js|wasm)$/.test(name) && name !== script)
  const uploaded = [script, ...late].map((name) => readFileSync(join(folder, name)))
  const packed = uploaded.map((text) => gzipSync(text, { level: 9 }).byteLength)
  const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0)
  return {
    folder,
    script,
    late,
    bytes: total(uploaded.map(({ byteLength }) => byteLength)),
    gzipBytes: total(packed),
    startGzipBytes: packed[0] ?? 0,
    parts: partsOf(metafile),
  }
}

type Metafile = { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }

function partsOf(metafile: string): [string, number][] {
  const { outputs }: Metafile = JSON.parse(readFileSync(metafile, 'utf8'))
  const parts = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = partOf(path)
      parts.set(name, (parts.get(name) ?? 0) + bytesInOutput)
    }
  }
  return [...parts].sort(([, one], [, other]) => other - one)
}

const partOf = (path: string): string =>
  /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
  /(?:^|\/)(src\/[^/]+)/.exec(path)?.[1] ??
  'the bundler'
